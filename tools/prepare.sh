#!/bin/sh
# Installs the requirements of a fresh clone and prints their names; prints nothing if nothing is missing.
#   sh tools/prepare.sh [LIST]
# LIST contains programs and their Debian packages, one pair per line. Without LIST, only the npm packages are checked.
# Packages that cannot be installed (not root, not Debian) are listed, and are not a failure: tests that need them are skipped, with the reason.
set -eu
cd -- "$(dirname -- "$0")/.."

say() { printf 'prepare: %s\n' "$*" >&2; }

# The stamp is the checksum of the lock file: if that changes, the packages are checked again, and installed unless npm has already done so.
stamp=node_modules/.holdfast-installed
wanted=$(cksum <package-lock.json)
node=node_modules/.bin/node
if [ ! -x "$node" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  command -v npm >/dev/null || { say 'npm is missing: install Node.js with npm first'; exit 1; }
  if ! node tools/lock-is-installed.mjs; then
    say 'installing the npm packages of package-lock.json into node_modules (npm ci)'
    npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2
    # npm silently omits an optional package that is unavailable or has a different digest.
    node tools/lock-is-installed.mjs || { say 'npm did not install all packages of package-lock.json; its Node.js for this machine may be missing'; exit 1; }
  fi
  # npm 10 creates no link if two packages contain a program of the same name.
  case $(uname -m) in aarch64) machine=arm64 ;; *) machine=x64 ;; esac
  ln -sfn "../node-linux-$machine/bin/node" "$node"
  "$node" --version >/dev/null || { say "could not run the Node.js of package-lock.json: it needs Linux on x64 or arm64, and glibc 2.28 or newer"; exit 1; }
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
  say "tests that need them are skipped; to run them, install these Debian packages as root:$packages"
  exit 0
fi

# Services of newly installed packages must not start on this machine. An existing policy is kept.
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
# The package lists may be missing or outdated: they are fetched only if the first attempt fails. Then packages are installed one by one, so that a package
# that this distribution lacks does not prevent the others.
# shellcheck disable=SC2086 # a list of names
if ! install_packages $packages; then
  DEBIAN_FRONTEND=noninteractive apt-get update -q >>"$log" 2>&1 </dev/null || true
  failed=
  for package in $packages; do
    install_packages "$package" || failed="$failed $package"
  done
  if [ -n "$failed" ]; then
    cat "$log" >&2
    say "could not install:$failed; tests that need them are skipped"
  fi
fi
rm -f "$log"
