#!/bin/sh
# Runs each of the long loops for a limited time, about six minutes in total, with a random seed, which is printed.
#   HOLDFAST_SEED=N sh tools/test-slice.sh     repeats it
# HOLDFAST_LOOP_S: the seconds for each loop, 90 by default.
set -eu
cd -- "$(dirname -- "$0")/.."
sh tools/prepare.sh tools/test-packages.txt

HOLDFAST_SEED=${HOLDFAST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
HOLDFAST_LOOP_S=${HOLDFAST_LOOP_S:-90}
# No round starts after five minutes: the last one may take long on machines where starting processes is slow.
HOLDFAST_LOOPS_END_S=$(($(date +%s) + 300))
# Parallel loops would slow each other down.
HOLDFAST_TESTS_AT_ONCE=1
HOLDFAST_LONG_TESTS=1
export HOLDFAST_SEED HOLDFAST_LOOP_S HOLDFAST_LOOPS_END_S HOLDFAST_TESTS_AT_ONCE HOLDFAST_LONG_TESTS
echo "a slice of the long loops; to repeat it: HOLDFAST_SEED=$HOLDFAST_SEED npm run test:slice"
exec sh tools/confined.sh node_modules/.bin/node tools/run-tests.ts test/long/kill-anywhere.test.ts test/long/two-at-once.test.ts test/long/every-call-fails.test.ts test/long/two-namespaces.test.ts \
  test/model/store-protocol.test.ts
