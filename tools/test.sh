#!/bin/sh
# Installs what the tests need, then runs them with the pinned Node, in a place where nothing of them outlives them.
#   sh tools/test.sh [--long] [FILE-PATTERN ...]
# --long: also the long loops (HOLDFAST_LONG_TESTS=1 in the environment of the tests).
set -eu
cd -- "$(dirname -- "$0")/.."
sh tools/prepare.sh tools/test-packages.txt

if [ "${1-}" = --long ]; then
  shift
  sh tools/prepare.sh tools/test-packages-long.txt
  HOLDFAST_LONG_TESTS=1
  export HOLDFAST_LONG_TESTS
fi
[ $# -gt 0 ] || set -- 'src/**/*.test.ts' 'test/**/*.test.ts' 'tools/**/*.test.ts'

exec sh tools/confined.sh node_modules/.bin/node tools/run-tests.ts "$@"
