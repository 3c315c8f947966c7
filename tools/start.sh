#!/bin/sh
# "npm start": installs what is missing, then lets tools/start.ts show the program on this machine.
set -eu
cd -- "$(dirname -- "$0")/.."
sh tools/prepare.sh tools/start-packages.txt
exec node_modules/.bin/node tools/start.ts
