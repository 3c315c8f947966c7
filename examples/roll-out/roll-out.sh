#!/bin/sh
# Rolls out Holdfast over ssh: the single executable and a configuration, host by host in the given order, least important hosts first. Stops at the first
# host on which something fails or "holdfast check" is neither OK nor WARNING. What is already in place is not changed again.
#   sh roll-out.sh [-n] [-d DIALECT] [-e cron|systemd|none] [-t TASK] FILE CONFIGURATION HOST ...
#   sh roll-out.sh -r HOST ...      restore the program from before the last upgrade
# -n: only print what would be changed. -d: format of the configuration, native (default), palhm or krista. -e: what starts the tasks (default systemd).
# -t: run this task once on a host that has no complete set of it. The environment: SSH (default "ssh"; with options, such as "ssh -F FILE"),
# PROGRAM (default /usr/local/bin/holdfast) and CONFIGURATION_FILE (default /etc/holdfast/holdfast.yaml), the places on the hosts.
set -eu
SSH=${SSH:-ssh}
PROGRAM=${PROGRAM:-/usr/local/bin/holdfast}
CONFIGURATION_FILE=${CONFIGURATION_FILE:-/etc/holdfast/holdfast.yaml}
dialect=native scheduler=systemd first='' dry='' back=''

usage() {
  sed -n 's/^#   //p' "$0" >&2
  exit 2
}
fail() {
  printf '%s\n' "roll-out: $*" >&2
  exit 1
}
# A word for the shell of the host.
word() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
# on HOST COMMAND: stdin and stdout are those of the command.
on() {
  host=$1
  shift
  # shellcheck disable=SC2086 # SSH may have options.
  $SSH -- "$host" "$*"
}
digest() { sha256sum <"$1" | cut -c 1-64; }
# remote_digest HOST FILE: nothing if it does not exist.
remote_digest() { on "$1" "if [ -e $(word "$2") ]; then sha256sum <$(word "$2") | cut -c 1-64; fi" </dev/null; }

while getopts nrd:e:t: option; do
  case $option in
    n) dry=yes ;;
    r) back=yes ;;
    d) dialect=$OPTARG ;;
    e) scheduler=$OPTARG ;;
    t) first=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
case $scheduler in cron | systemd | none) ;; *) usage ;; esac

program=$(word "$PROGRAM")
previous=$(word "$PROGRAM.previous")
new=$(word "$(dirname "$PROGRAM")/.$(basename "$PROGRAM").new")
config=$(word "$CONFIGURATION_FILE")
new_config=$(word "$(dirname "$CONFIGURATION_FILE")/.$(basename "$CONFIGURATION_FILE").new")

if [ -n "$back" ]; then
  [ $# -gt 0 ] || usage
  for host; do
    on "$host" "if [ -e $previous ]; then mv -- $previous $program && echo 'restored the previous program'; else echo 'no previous program found: nothing was changed'; fi" </dev/null |
      sed "s|^|$host: |"
  done
  exit 0
fi

[ $# -ge 3 ] || usage
file=$1 configuration=$2
shift 2
[ -r "$file" ] || fail "could not read $file"
[ -r "$configuration" ] || fail "could not read $configuration"
file_digest=$(digest "$file")
configuration_digest=$(digest "$configuration")

roll_out() {
  if [ "$(remote_digest "$host" "$PROGRAM")" != "$file_digest" ]; then
    say 'program: install'
    if [ -z "$dry" ]; then
      on "$host" "mkdir -p $(word "$(dirname "$PROGRAM")") && cat >$new && chmod 755 $new" <"$file" || return 1
      [ "$(remote_digest "$host" "$(dirname "$PROGRAM")/.$(basename "$PROGRAM").new")" = "$file_digest" ] || { say 'the copied file is incomplete'; return 1; }
      # A run in progress continues with the old file.
      on "$host" "$new --version >/dev/null && { [ ! -e $program ] || cp -p -- $program $previous; } && mv -- $new $program" </dev/null || return 1
    fi
  fi
  if [ "$(remote_digest "$host" "$CONFIGURATION_FILE")" != "$configuration_digest" ]; then
    say 'configuration: write'
    if [ -z "$dry" ]; then
      on "$host" "umask 077; mkdir -p $(word "$(dirname "$CONFIGURATION_FILE")") && cat >$new_config" <"$configuration" || return 1
      on "$host" "if $program -q -f $new_config config check --without-storages --dialect $(word "$dialect") >&2; then mv -- $new_config $config; else rm -f -- $new_config; exit 1; fi" </dev/null || return 1
    fi
  fi
  [ -z "$dry" ] || return 0
  # Before systemd timers are enabled, whose services need the folders of the storages.
  if [ -n "$first" ]; then
    on "$host" "case \$($program -f $config sets --json $(word "$first")) in *'\"state\":\"complete\"'*) ;; *) $program -f $config -q run $(word "$first") ;; esac" </dev/null || return 1
  fi
  case $scheduler in
    cron) on "$host" "$program -f $config -q enable all" </dev/null || return 1 ;;
    systemd) on "$host" "$program -f $config -q enable --systemd all" </dev/null || return 1 ;;
  esac
  # 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
  checked=0
  words=$(on "$host" "$program -f $config check --timeout 60s; [ \$? -le 1 ]" </dev/null) || checked=1
  say "$words"
  return "$checked"
}
say() { printf '%s\n' "$host: $*"; }

for host; do
  # Not as a condition of a function with "set -e": every step that matters returns its failure itself.
  if ! roll_out; then fail "$host failed; the remaining hosts were not changed. To restore the previous program: sh $0 -r $host"; fi
  say 'done'
done
