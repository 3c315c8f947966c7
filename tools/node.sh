#!/bin/sh
# Runs the pinned Node.js, after installing missing npm packages. The Node.js in npm's PATH may be a different version, or missing.
set -eu
sh "$(dirname -- "$0")/prepare.sh"
exec "$(dirname -- "$0")/../node_modules/.bin/node" "$@"
