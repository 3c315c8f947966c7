/**
 * The script of the first process in a new mount namespace. Its arguments: a folder that is covered, the working folder; a descriptor, its access and its path
 * for each end; `--`; a program with its arguments. The program sees a file system in memory with the programs of the host and the ends at their paths,
 * all read-only except for ends with the access `rw`. There is no /proc, whose links lead outside.
 */
export const CONFINE_SCRIPT = `set -eu
new=$1 folder=$2 way=\${PATH-}
shift 2
PATH=/usr/sbin:/usr/bin:/sbin:/bin
fail() {
  echo "\\"$1\\" $2" >&2
  exit 1
}
read_only() {
  sed 's/\\\\/\\\\0/g' /proc/self/mountinfo | while read -r _ _ _ _ at _; do
    case $at in "$new"/*) ;; *) continue ;; esac
    case $at in *\\\\*) at=$(printf '%b.' "$at") at=\${at%.} ;; esac
    case $at in "$new$1"/*) mount -c -o remount,bind,ro "$at" || umount -c -l "$at" ;; esac
  done
  mount -c -o remount,bind,ro "$new$1"
}
ends=
while [ "$1" != -- ]; do
  fd=$1 access=$2 path=$3
  shift 3
  if [ -z "$ends" ]; then
    ends=bound
    mount -t tmpfs -o size=4m,mode=755,nosuid,nodev none "$new"
  fi
  if [ -d "/proc/self/fd/$fd" ]; then
    [ -d "$new$path" ] || mkdir -p "$new$path"
  else
    mkdir -p "$new\${path%/*}"
    [ -e "$new$path" ] || : >"$new$path"
  fi
  mount -c --rbind "$path" "$new$path"
  [ "$new$path" -ef "/proc/self/fd/$fd" ] || fail "$path" 'was replaced while it was opened'
  [ "$access" = rw ] || read_only "$path"
done
shift
cd "$new"
mkdir -p etc old proc
mount --bind /proc proc
for it in usr bin sbin lib lib32 lib64 libx32; do
  [ ! -e "$it" ] || continue
  if [ -L "/$it" ]; then cp -P "/$it" "$it"
  elif [ -d "/$it" ]; then
    mkdir "$it"
    mount --bind "/$it" "$it"
    mount -o remount,bind,ro,nosuid,nodev "$it"
  fi
done
for it in passwd group nsswitch.conf ld.so.cache localtime alternatives; do
  [ ! -e "/etc/$it" ] || [ -e "etc/$it" ] || cp -RP "/etc/$it" "etc/$it"
done
mkdir -p "./$folder"
mount -o remount,ro .
pivot_root . old
cd /
umount -l /old
umount -l /proc
cd "$folder"
exec 3<&- 4<&- 5<&-
PATH=$way
exec "$@"`
