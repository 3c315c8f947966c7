#!/bin/sh
# Installs what a fresh clone lacks, tells what it installs, and is silent when nothing is missing.
#   sh tools/prepare.sh [LIST]
# LIST names programs and the Debian packages they come from, one pair a line. Without LIST only the npm packages are looked at.
# What cannot be installed (not root, not Debian) is named, and is no failure: tests that need it skip themselves with the reason.
set -eu
cd -- "$(dirname -- "$0")/.."

say() { printf 'prepare: %s\n' "$*" >&2; }

# The stamp is the lock file's sum: a changed lock file means another look, and another installation unless npm has made it already.
stamp=node_modules/.holdfast-installed
wanted=$(cksum <package-lock.json)
node=node_modules/.bin/node
if [ ! -x "$node" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  command -v npm >/dev/null || { say 'npm is missing: install Node.js with npm first'; exit 1; }
  if ! node tools/lock-is-installed.mjs; then
    say 'installing the npm packages of package-lock.json into node_modules (npm ci)'
    npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2
    # An optional package that cannot be had, or that has another digest than the lock file, is left out by npm without a word.
    node tools/lock-is-installed.mjs || { say 'npm did not install all that package-lock.json asks for, its Node.js for this machine perhaps'; exit 1; }
  fi
  # npm 10 makes no link where two packages bring a program of one name.
  case $(uname -m) in aarch64) machine=arm64 ;; *) machine=x64 ;; esac
  ln -sfn "../node-linux-$machine/bin/node" "$node"
  "$node" --version >/dev/null || { say "the Node.js of package-lock.json does not run here: it needs Linux on x64 or arm64, and glibc 2.28 or newer"; exit 1; }
  printf '%s\n' "$wanted" >"$stamp"
fi

[ $# -gt 0 ] || exit 0

PATH=$PATH:/usr/sbin:/sbin
programs=
packages=
while read -r program package; do
  case $program in '' | '#'*) continue ;; esac
  command -v "$program" >/dev/null && continue
  programs="$programs $program"
  packages="$packages $package"
done <"$1"
[ -n "$packages" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  say "missing programs:$programs"
  say "what needs them is skipped; to have them, install these Debian packages as root:$packages"
  exit 0
fi

# Services of freshly installed packages must not start on somebody's desk. A rule that is there already stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

say "installing Debian packages:$packages"
log=$(mktemp)
install_packages() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>"$log" 2>&1 </dev/null
}
# The lists of packages may be absent or old: they are fetched only when the first try fails. Then each by itself, so that one that this
# distribution lacks does not keep the others away.
# shellcheck disable=SC2086 # a list of names
if ! install_packages $packages; then
  DEBIAN_FRONTEND=noninteractive apt-get update -q >>"$log" 2>&1 </dev/null || true
  failed=
  for package in $packages; do
    install_packages "$package" || failed="$failed $package"
  done
  if [ -n "$failed" ]; then
    cat "$log" >&2
    say "could not install:$failed; what needs them is skipped"
  fi
fi
rm -f "$log"
