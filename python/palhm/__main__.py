"""Hands its command line to the launcher: the checkout's own, else "holdfast" on PATH."""
import os
import shutil
import sys

checkout = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "holdfast")
program = checkout if os.access(checkout, os.X_OK) else shutil.which("holdfast")
if program is None:
    sys.exit("palhm: the program \"holdfast\" was not found: install it, or put its folder on PATH")

os.execv(program, [program, "--invoked-as=palhm"] + sys.argv[1:])
