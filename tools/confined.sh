#!/bin/sh
# Runs a program so that nothing that it starts, mounts or writes into the temporary folder outlives it, however it ends.
#   sh tools/confined.sh PROGRAM [ARGUMENT ...]
# As root in namespaces of its own, which end with their first process; where these are not allowed, or by somebody else, what was left is swept
# by the next one that comes here.
set -eu

parent=${TMPDIR:-/tmp}

# What a dead one left: who holds the lock is alive.
for old in "$parent"/hft-*; do
  if [ ! -d "$old" ] || [ ! -O "$old" ] || ! flock -n "$old" true; then continue; fi
  for process in /proc/[0-9]*; do
    if grep -qsF "$old/" "$process/cmdline" "$process/environ" || case $(readlink "$process/cwd") in "$old"/*) ;; *) false ;; esac; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
  # The last first, since one may be on another. The kernel writes a space in a path as \040, and there is none in ours.
  grep -F " $old/" /proc/self/mountinfo | cut -d ' ' -f 5 | sort -r | while read -r mount; do umount -l "$mount" || true; done
  rm -rf --one-file-system "$old" || true
done

room=$(mktemp -d "$parent/hft-XXXXXX")
mkdir -m 1777 "$room/tmp"
chmod 755 "$room"
# A home of its own: no start-up files of whoever runs this, nothing that their programs have locked. What npm has fetched already stays known.
mkdir -m 700 "$room/tmp/home"
if [ -n "${HOME:-}" ]; then
  : "${npm_config_cache:=$HOME/.npm}"
  export npm_config_cache
fi
exec 9<"$room"
flock -n 9

namespaces=
if [ "$(id -u)" -eq 0 ] && unshare --mount --pid --fork --mount-proc true 2>/dev/null; then namespaces=yes; fi

child=
# shellcheck disable=SC2317 # called by the trap
children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
# To the program itself: the first process of a namespace, and who waits for that, do not listen.
# shellcheck disable=SC2317 # called by the trap
stop() {
  told=$child
  if [ -n "$namespaces" ] && [ -n "$child" ]; then
    told=
    for first in $(children_of "$child"); do told="$told $(children_of "$first")"; done
  fi
  # shellcheck disable=SC2086 # numbers
  [ -z "$told" ] || kill -TERM $told 2>/dev/null || true
}
trap stop HUP INT TERM
trap 'rm -rf --one-file-system "$room"' EXIT

if [ -n "$namespaces" ]; then
  # With a temporary folder under its usual name paths stay as short as sockets need them. It must not cover what is to be run.
  place=/tmp
  case ${TMPDIR:+set}$PWD/ in set* | /tmp/*) place= ;; esac
  # shellcheck disable=SC2016 # its own variables
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL --mount-proc sh -c '
    room=$1 place=$2
    shift 2
    mount -t tmpfs -o mode=1777 none /dev/shm || true
    # Crontabs of tests are seen by no daemon of this machine, and those of earlier runs by no test.
    if [ -d /var/spool/cron/crontabs ]; then
      mount -t tmpfs -o "mode=1730,gid=$(stat -c %g /var/spool/cron/crontabs)" none /var/spool/cron/crontabs || true
    fi
    # The null device of this machine stays as it is; a change of this one is an error.
    if mknod -m 666 "$room/null" c 1 3 && mount --bind "$room/null" /dev/null && ! true >/dev/null; then umount /dev/null; fi
    null_device=$(stat -c "%F %a" /dev/null)
    if [ -z "$place" ] || ! mount --bind "$room/tmp" "$place"; then
      TMPDIR=$room/tmp
      export TMPDIR
    fi
    HOME=${TMPDIR:-$place}/home
    HOLDFAST_OWN_MOUNTS=1
    export HOME HOLDFAST_OWN_MOUNTS
    code=0
    "$@" || code=$?
    if [ "$(stat -c "%F %a" /dev/null)" != "$null_device" ]; then
      echo "/dev/null was changed" >&2
      code=1
    fi
    exit "$code"' sh "$room" "$place" "$@" 9<&- <&0 &
else
  TMPDIR=$room/tmp HOME=$room/tmp/home "$@" 9<&- <&0 &
fi
child=$!
# Ends early when a signal comes, and has to be asked again.
code=0
while kill -0 "$child" 2>/dev/null; do
  code=0
  wait "$child" || code=$?
done
exit "$code"
