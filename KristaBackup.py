#!/bin/sh
''':'
# Both a shell script and a Python program, so that "python3 KristaBackup.py", "sh KristaBackup.py" and "./KristaBackup.py" all start ./holdfast.
# The path under which it was called is handed on: the configuration lies beside it.
case $0 in
  */*) self=$0 ;;
  *) self=./$0 ;;
esac
case $self in
  /*) called=$self ;;
  *) called=$PWD/$self ;;
esac
[ ! -L "$self" ] || self=$(PATH=$PATH:/usr/bin:/bin readlink -f -- "$self")
exec "${self%/*}/holdfast" "--invoked-as=$called" "$@"
'''
import os
import sys

program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "holdfast")
os.execv(program, [program, "--invoked-as=" + os.path.abspath(sys.argv[0])] + sys.argv[1:])
