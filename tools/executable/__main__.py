# In the archive at the end of the executable, for crontab lines that contain "python3 palhm.py run" or "python3 KristaBackup.py run".
import os
import sys

called = sys.argv[0]
os.execv(os.path.realpath(called), [os.path.join(".", called)] + sys.argv[1:])
