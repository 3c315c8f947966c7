#!/bin/sh
# Writes a tar archive to stdout: information for rebuilding this host, as text files and as copies of some files of /etc.
#   sh host-facts.sh
# Facts that the host does not have are listed in MISSING and are not a failure. Changes nothing, does not access the network. Requires a POSIX shell, coreutils and tar.
set -u
umask 077
LC_ALL=C
export LC_ALL
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

dir=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-facts.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
out=$dir/host-facts
mkdir "$out" || exit 1
: >"$out/MISSING"

limit=
command -v timeout >/dev/null 2>&1 && limit='timeout -k 5 20'

# Fail rather than write an archive that does not list missing facts.
give_up() {
  echo "host-facts: cannot write to $dir: is there room?" >&2
  exit 1
}
missing() { printf '%s\n' "$*" >>"$out/MISSING" || give_up; }

# fact FILE PROGRAM [ARGUMENT ...]: its output; if it fails, its stderr is stored beside it.
fact() {
  name=$1
  shift
  if ! command -v "$1" >/dev/null 2>&1; then
    missing "$name: no program $1"
    return 0
  fi
  mkdir -p "$out/$(dirname "$name")"
  # A daemon that does not respond must not block the backup.
  if $limit "$@" >"$out/$name" 2>"$dir/stderr" </dev/null; then
    [ -s "$out/$name" ] || { rm -f "$out/$name"; missing "$name: $* says nothing"; }
  else
    code=$?
    missing "$name: $* ended with $code: $(head -n 3 "$dir/stderr" | tr '\n' ' ')"
    [ -s "$out/$name" ] || rm -f "$out/$name"
  fi
  return 0
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

# After a full disk, not every truncated fact is listed as missing, but then writing the archive fails, too.
dd if=/dev/zero of="$dir/room" bs=65536 count=1 2>/dev/null || give_up
cd "$dir" && tar -cf - host-facts
