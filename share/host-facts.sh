#!/bin/sh
# Writes a tar archive to stdout: information for rebuilding this host, as text files and as copies of some files of /etc.
#   sh host-facts.sh
# host-facts/rebuild.sh in it is a plan, made from the facts, for rebuilding the host on a bare Debian.
# Facts that the host does not have are listed in MISSING and are not a failure.
# Changes nothing, does not access the network. Requires a POSIX shell, coreutils and tar.
set -u
umask 077
LC_ALL=C
export LC_ALL
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

dir=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-facts.XXXXXX") || exit 1
# Programs in the background may still make a file in a folder while it is removed, but no folders.
clean_up() {
  for _ in 1 2 3 4 5 6 7 8 9; do rm -rf "$dir" 2>/dev/null && return; done
  rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
trap 'no_room' USR1
out=$dir/host-facts
mkdir "$out" || exit 1
: >"$out/MISSING"

limit=
command -v timeout >/dev/null 2>&1 && limit='timeout -k 5 20'

no_room() {
  echo "host-facts: cannot write to $dir: is there room?" >&2
  exit 1
}
# Fail rather than write an archive that does not list missing facts. A background process cannot exit for the script.
give_up() {
  kill -s USR1 $$
  exit 1
}
missing() { printf '%s\n' "$*" >>"$out/MISSING" || give_up; }

# As many programs run at once as the pipe has lines. Without it, one after the other.
slots=
if mkfifo "$dir/slots" 2>/dev/null && exec 9<>"$dir/slots"; then
  slots=4
  printf '\n\n\n\n' >&9
fi

# fact FILE PROGRAM [ARGUMENT ...]: its output; if it fails, the reason is listed as missing. It is complete after "wait".
count=0
fact() {
  name=$1
  shift
  if ! command -v "$1" >/dev/null 2>&1; then
    missing "$name: no program $1"
    return 0
  fi
  # Not in the background, where it could make folders again that a stopped script has removed.
  mkdir -p "$out/$(dirname "$name")"
  count=$((count + 1))
  if [ -z "$slots" ]; then
    ask "$dir/stderr-$count" "$name" "$@"
  else
    read -r _ <&9
    # A shell of its own: whatever happens to it, its line is returned.
    { (ask "$dir/stderr-$count" "$name" "$@" 9>&-); echo >&9; } 2>/dev/null &
  fi
  return 0
}
ask() {
  stderr=$1
  name=$2
  shift 2
  # A daemon that does not respond must not block the backup.
  if $limit "$@" >"$out/$name" 2>"$stderr" </dev/null; then
    [ -s "$out/$name" ] || { rm -f "$out/$name"; missing "$name: $* says nothing"; }
  else
    code=$?
    missing "$name: $* ended with $code: $(head -n 3 "$stderr" | tr '\n' ' ')"
    [ -s "$out/$name" ] || rm -f "$out/$name"
  fi
}

# keep PATH ...: files and folders, unchanged.
keep() {
  for path in "$@"; do
    if [ -e "$path" ]; then
      mkdir -p "$out/files$(dirname "$path")"
      cp -RpH "$path" "$out/files$path" 2>/dev/null || missing "files$path: cannot be read whole"
    else
      missing "files$path: not there"
    fi
  done
}

# The host itself.
{ uname -a; echo; hostname 2>/dev/null || cat /etc/hostname; date -u '+%Y-%m-%dT%H:%M:%SZ'; } >"$out/host.txt" 2>/dev/null || give_up
fact kernel/cmdline.txt cat /proc/cmdline
fact kernel/modules.txt lsmod
fact kernel/sysctl.txt sysctl -a
fact hardware/cpu.txt lscpu
fact hardware/memory.txt cat /proc/meminfo
fact hardware/pci.txt lspci -nn
fact hardware/dmi.txt dmidecode
keep /etc/os-release /etc/hostname /etc/hosts /etc/resolv.conf /etc/machine-id

# Disks: partitions in the input format of "sfdisk", volumes, RAID, mounts.
fact disks/lsblk.json lsblk -J -b -O -a
fact disks/blkid.txt blkid
fact disks/mounts.txt cat /proc/self/mountinfo
fact disks/df.txt df -kP
fact disks/swaps.txt cat /proc/swaps
for disk in /sys/block/*; do
  name=${disk##*/}
  case $name in loop* | ram* | zram* | dm-* | sr* | fd* | md* | '*') continue ;; esac
  [ -b "/dev/$name" ] && fact "disks/partitions-$name.sfdisk" sfdisk -d "/dev/$name"
done
fact disks/mdstat.txt cat /proc/mdstat
fact disks/mdadm.conf mdadm --detail --scan
fact disks/pvs.json pvs --reportformat json -o +pv_uuid
fact disks/vgs.json vgs --reportformat json
fact disks/lvs.json lvs --reportformat json -a -o +devices
if command -v vgcfgbackup >/dev/null 2>&1; then
  mkdir -p "$out/disks/lvm"
  $limit vgcfgbackup -f "$out/disks/lvm/%s" >/dev/null 2>"$dir/stderr" </dev/null ||
    missing "disks/lvm: vgcfgbackup ended with $?: $(head -n 3 "$dir/stderr" | tr '\n' ' ')"
  rmdir "$out/disks/lvm" 2>/dev/null
fi
fact disks/zpool.txt zpool status
fact disks/zfs.txt zfs list -H -t filesystem,volume
fact disks/btrfs.txt btrfs filesystem show
keep /etc/fstab /etc/crypttab /etc/mdadm/mdadm.conf /etc/lvm/lvm.conf

# Packages: names in the input format of the package manager.
fact packages/dpkg.txt dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${Status}\n'
fact packages/apt-manual.txt apt-mark showmanual
fact packages/dpkg-selections.txt dpkg --get-selections
fact packages/rpm.txt rpm -qa --qf '%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\n'
fact packages/dnf-user.txt dnf -C -q repoquery --userinstalled
fact packages/apk.txt apk info -v
fact packages/pacman.txt pacman -Qe
fact packages/snap.txt snap list
fact packages/flatpak.txt flatpak list
keep /etc/apt/sources.list /etc/apt/sources.list.d /etc/yum.repos.d /etc/apk/repositories

# Services and schedules.
fact services/unit-files.txt systemctl list-unit-files --no-pager --no-legend
fact services/running.txt systemctl list-units --type=service --state=running --no-pager --no-legend
fact services/timers.txt systemctl list-timers --all --no-pager --no-legend
fact services/rc.txt ls -l /etc/rc2.d
fact services/processes.txt ps -eo pid,ppid,user,lstart,comm
fact services/containers-docker.txt docker ps -a --no-trunc
fact services/containers-podman.txt podman ps -a --no-trunc
keep /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron

# Users and access.
fact users/passwd.txt getent passwd
fact users/group.txt getent group
keep /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid /etc/sudoers /etc/sudoers.d

# The network.
fact network/addresses.json ip -j addr
fact network/links.json ip -j link
fact network/routes.json ip -j route show table all
fact network/routes6.json ip -j -6 route show table all
fact network/rules.json ip -j rule
fact network/listening.txt ss -lntup
fact network/nftables.txt nft list ruleset
fact network/iptables.txt iptables-save
fact network/ip6tables.txt ip6tables-save
keep /etc/network /etc/netplan /etc/NetworkManager/system-connections /etc/systemd/network /etc/sysconfig/network-scripts

wait
LC_ALL=C sort -o "$out/MISSING" "$out/MISSING" || give_up

# The plan. What depends on this host are lists of names, which are checked, and files beside it; everything else is the same on all hosts.
names() { LC_ALL=C grep -E '^[A-Za-z0-9][A-Za-z0-9@+._:-]*$' | sort -u; }
one_line() { tr -c 'A-Za-z0-9 .,()/_-' ' ' | head -c 200; }
list() {
  printf '%s() { cat <<'\''END'\''\n' "$1"
  cat
  printf 'END\n}\n'
}
rebuild_plan() {
  cat <<'PLAN'
#!/bin/sh
# A plan for rebuilding a host on a bare Debian, made from the facts beside it. Read it, and change what does not fit the new host.
#   sh rebuild.sh              list the steps, in their order; nothing is run
#   sh rebuild.sh STEP ...     run these steps
# ROOT=FOLDER is the root of the new system, if it is not the running one. FACTS=FOLDER are the facts; default: the folder of this script.
PLAN
  printf '# Host: %s\n' "$(hostname 2>/dev/null | one_line)"
  printf '# System: %s\n' "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | one_line)"
  printf '# Facts of: %s\n' "$(date -u '+%Y-%m-%dT%H:%M:%SZ')"
  cat <<'PLAN'
set -eu
ROOT=${ROOT:-}
FACTS=${FACTS:-$(cd -- "$(dirname -- "$0")" && pwd)}
say() { printf '%s\n' "$*"; }
in_root() { if [ -n "$ROOT" ]; then chroot "$ROOT" "$@"; else "$@"; fi; }
bring() {
  # Copies of files of the old host; existing ones are kept as FILE.before.
  for path in "$@"; do
    [ -e "$FACTS/files$path" ] || { say "not among the facts: $path"; continue; }
    mkdir -p "$ROOT$(dirname "$path")"
    if [ -e "$ROOT$path" ] && [ ! -e "$ROOT$path.before" ]; then cp -Rp "$ROOT$path" "$ROOT$path.before"; fi
    if [ -d "$FACTS/files$path" ]; then mkdir -p "$ROOT$path" && cp -Rp "$FACTS/files$path/." "$ROOT$path/"; else cp -p "$FACTS/files$path" "$ROOT$path"; fi
    say "copied: $path"
  done
}

# 1. Disks. Never run by this script: these commands destroy data. Compare the sizes of the disks first (disks/lsblk.json), then run what fits.
step_disks() {
  for table in "$FACTS"/disks/partitions-*.sfdisk; do
    [ -e "$table" ] || continue
    disk=${table##*/partitions-}
    say "# partitions:  sfdisk /dev/${disk%.sfdisk} <$table"
  done
  [ ! -s "$FACTS/disks/mdadm.conf" ] || sed 's/^/# RAID:        /' "$FACTS/disks/mdadm.conf"
  for group in "$FACTS"/disks/lvm/*; do
    [ -e "$group" ] || continue
    say "# volumes:     vgcfgrestore -f $group ${group##*/}"
  done
  if [ -e "$FACTS/files/etc/fstab" ]; then say "# file systems and mounts of the old host:"; grep -v '^ *#' "$FACTS/files/etc/fstab" | sed 's/^/#   /'; fi
  say "Nothing was changed: these commands are for you."
}

# 2. Mounts: the folders of the old mount points. Its fstab is stored as fstab.old, because new file systems have other UUIDs.
step_mounts() {
  [ -e "$FACTS/files/etc/fstab" ] || { say "no fstab among the facts"; return 0; }
  mkdir -p "$ROOT/etc"
  cp -p "$FACTS/files/etc/fstab" "$ROOT/etc/fstab.old"
  awk '$1 !~ /^#/ && $2 ~ /^\// && $2 != "/" { gsub(/\\040/, " ", $2); print $2 }' "$FACTS/files/etc/fstab" | while IFS= read -r point; do mkdir -p "$ROOT$point"; done
  say "Write the mounts into $ROOT/etc/fstab: those of the old host are in $ROOT/etc/fstab.old. See blkid(8) for the new UUIDs."
}

# 3. Repositories of packages. Their keys may be in /etc/apt/keyrings or /usr/share/keyrings: restore them from the backup if apt reports them.
step_repositories() { bring /etc/apt/sources.list /etc/apt/sources.list.d; }

# 4. Packages: all that were installed, as far as these repositories have them; those that were installed for others are marked again. Their versions are in packages/dpkg.txt.
step_packages() {
  in_root apt-get update
  {
    in_root apt-cache dumpavail | sed -n 's/^Package: //p'
    echo
    packages
  } | awk '$0 == "" { known = 1; next } !known { have[$0] = 1; next } $0 in have { print; next } { print "not available: " $0 | "cat 1>&2" }' |
    in_root env DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends
  for_others | in_root xargs apt-mark auto >/dev/null
}

# 5. Accounts and groups that are missing, with their numbers, passwords and memberships. Existing ones are kept.
step_users() {
  for table in group gshadow passwd shadow; do
    old=$FACTS/files/etc/$table new=$ROOT/etc/$table
    if [ ! -r "$old" ] || [ ! -e "$new" ]; then say "skipped: $table"; continue; fi
    [ -e "$new.before" ] || cp -p "$new" "$new.before"
    cp -p "$new" "$new.tmp"
    awk -F: -v OFS=: -v table="$table" '
      FILENAME == ARGV[1] { saved[$1] = $0; order[++count] = $1; next }
      { have[$1] = 1; ids[$3] = $1 }
      (table == "group" || table == "gshadow") && $1 in saved {
        split(saved[$1], field, ":")
        amount = split(field[4], member, ",")
        for (i = 1; i <= amount; i++) if (index("," $4 ",", "," member[i] ",") == 0) $4 = $4 == "" ? member[i] : $4 "," member[i]
      }
      { print }
      END {
        for (i = 1; i <= count; i++) {
          name = order[i]
          if (name in have) continue
          split(saved[name], field, ":")
          if ((table == "passwd" || table == "group") && field[3] in ids) {
            print "conflict in " table ": the number " field[3] " of " name " belongs to " ids[field[3]] | "cat 1>&2"
            continue
          }
          print saved[name]
        }
      }' "$old" "$new" >"$new.tmp"
    mv "$new.tmp" "$new"
    say "merged: $table"
  done
  bring /etc/sudoers.d
}

# 6. The network: compare it with the hardware first; the names of interfaces may differ (network/links.json).
step_network() { bring /etc/hosts /etc/network /etc/netplan /etc/NetworkManager/system-connections /etc/systemd/network; }

# 7. The name of the host. A host that still exists must not have the same one.
step_name() { bring /etc/hostname; }

# 8. Files and databases: restore them from the set, with its restore.sh, before the services are started.
step_data() { say "Run restore.sh in the folder of the set; then copy the files to their places and load the dumps: see RESTORE.md."; }

# 9. Services that were enabled, if they exist, and masked ones.
step_services() {
  enabled | while read -r unit; do in_root systemctl enable "$unit" >/dev/null 2>&1 || say "could not enable: $unit" >&2; done
  masked | while read -r unit; do in_root systemctl mask "$unit" >/dev/null 2>&1 || say "could not mask: $unit" >&2; done
}

# 10. Schedules.
step_schedules() { bring /etc/crontab /etc/cron.d /var/spool/cron; }

PLAN
  awk -F '\t' '$4 == "install ok installed" { print $1 }' "$out/packages/dpkg.txt" 2>/dev/null | names >"$dir/installed"
  list packages <"$dir/installed"
  { cat "$out/packages/apt-manual.txt" 2>/dev/null || true; } | names >"$dir/manual"
  comm -23 "$dir/installed" "$dir/manual" | list for_others
  awk '$2 == "enabled" { print $1 }' "$out/services/unit-files.txt" 2>/dev/null | names | list enabled
  awk '$2 == "masked" { print $1 }' "$out/services/unit-files.txt" 2>/dev/null | names | list masked
  cat <<'PLAN'
steps="disks mounts repositories packages users network name data services schedules"
if [ $# -eq 0 ]; then
  say "Steps, in this order: $steps"
  say "Run them with: sh $0 STEP ...; read the script first."
  exit 0
fi
for step; do
  case " $steps " in *" $step "*) ;; *) say "unknown step: $step; steps: $steps" >&2; exit 2 ;; esac
done
for step; do
  say "== $step"
  "step_$step"
done
PLAN
}
rebuild_plan >"$out/rebuild.sh" || give_up

# After a full disk, not every truncated fact is listed as missing, but then writing the archive fails, too.
dd if=/dev/zero of="$dir/room" bs=65536 count=1 2>/dev/null || give_up
cd "$dir" && tar -cf - host-facts
