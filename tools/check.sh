#!/bin/sh
# The gate: installs the npm packages when they are missing, then runs tools/check.ts with the pinned Node.
set -eu
cd -- "$(dirname -- "$0")/.."
sh tools/prepare.sh
exec node_modules/.bin/node tools/check.ts "$@"
