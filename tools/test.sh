#!/bin/sh
# Installs what the tests need, then runs them with the pinned Node.
#   sh tools/test.sh [--long] [FILE-PATTERN ...]
# --long: also the long loops (HOLDFAST_LONG_TESTS=1 in the environment of the tests).
set -eu
cd -- "$(dirname -- "$0")/.."
sh tools/prepare.sh tools/test-packages.txt

limit_s=900
if [ "${1-}" = --long ]; then
  shift
  sh tools/prepare.sh tools/test-packages-long.txt
  limit_s=3600
  HOLDFAST_LONG_TESTS=1
  export HOLDFAST_LONG_TESTS
fi
[ $# -gt 0 ] || set -- 'src/**/*.test.ts' 'test/**/*.test.ts' 'tools/**/*.test.ts'

# node:test's own default is one file at a time on two cores. Its limit for tests does not end a file that hangs; on TERM it names that file.
exec timeout --foreground -k 30 "$limit_s" node_modules/.bin/node --test --test-concurrency=4 --test-reporter=spec "$@"
