#!/bin/sh
''':'
# Both a shell script and a Python program, so that "python3 palhm.py", "sh palhm.py" and "./palhm.py" all start ./holdfast.
case $0 in
  */*) self=$0 ;;
  *) self=./$0 ;;
esac
name=${self##*/}
[ ! -L "$self" ] || self=$(PATH=$PATH:/usr/bin:/bin readlink -f -- "$self")
exec "${self%/*}/holdfast" "--invoked-as=$name" "$@"
'''
import os
import sys

program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "holdfast")
os.execv(program, [program, "--invoked-as=" + os.path.basename(sys.argv[0])] + sys.argv[1:])
