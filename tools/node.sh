#!/bin/sh
# Runs the pinned Node.js, after installing the npm packages where they are missing: what npm puts into PATH may be another one, or none.
set -eu
sh "$(dirname -- "$0")/prepare.sh"
exec "$(dirname -- "$0")/../node_modules/.bin/node" "$@"
