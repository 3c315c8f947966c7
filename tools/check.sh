#!/bin/sh
# The gate: tools/check.ts with the pinned Node.js.
set -eu
cd -- "$(dirname -- "$0")/.."
exec sh tools/node.sh tools/check.ts "$@"
