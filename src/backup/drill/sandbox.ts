import { randomInt } from 'node:crypto'
import { type Command, type Extra, SYSTEM_PATH } from '../../plan/command.ts'
import { programWith } from '../filter/restore-commands.ts'

/**
 * Exit codes of a drill, by what failed. `room`: not enough space for it; `prepare`: the temporary server or its folder; `memory`: it used too much;
 * `unfit`: only for its own host.
 */
export const DRILL_EXITS = { room: 80, prepare: 81, start: 82, load: 83, ask: 84, memory: 85, unfit: 86 } as const

// A server of MariaDB has about 40 threads.
const MOST_PROCESSES = 512
// Enough for any of the servers.
const LEAST_KIB = 1024 * 1024

/**
 * The script of the first process in new namespaces; its arguments: a user ID, the path of an empty file that becomes a file system, its size in KiB, that of
 * those of other sandboxes, the memory in KiB, names of files, and the arguments of the inner script. The file is removed as soon as it is mounted: the
 * kernel frees it with the namespace, in whatever way that ends. Where it cannot be mounted, memory is used if there is enough. The inner script (descriptor 4) sees a read-only file system with the programs of the
 * host, a few settings of /etc, `/drill`, the only folder that can be written, in which no program can be started, and files with these names (descriptors 5
 * and above). There is no network and no other process; it has no privileges, and cannot obtain any.
 *
 * Limited are: the bytes of each file system; the processes and threads of its user, which no other user of the host shares; and the memory of all its processes
 * together, to half of what is available or to what is given, which is measured every second; when the host has none left, the kernel ends these processes first. CPU time
 * is not limited; the time is, by the limits of the run.
 */
const SCRIPT = `set -eu
umask 022
exec 8<&0 9>&1 0</dev/null 1>&2
uid=$1 image=$2 kib=$3 others=$4 memory=$5 files=$6
shift 6
mount -t tmpfs -o size=64m,mode=755,nosuid,nodev none /mnt
cd /mnt
mkdir usr etc dev proc tmp drill old
if truncate -s "$kib"K "$image" && mkfs.ext4 -q -F -O ^has_journal -m 0 -E lazy_itable_init=1,nodiscard,root_owner=$uid:$uid "$image" &&
  mount -o loop,nosuid,nodev,noexec "$image" drill; then :
else
  free=$(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)
  [ $((kib + others)) -lt $((\${free:-0} / 2)) ] || exit ${DRILL_EXITS.room}
  mount -t tmpfs -o size="$kib"k,mode=700,uid=$uid,gid=$uid,nosuid,nodev,noexec none drill
fi
rm -f "$image"
if [ $memory = 0 ]; then
  free=$(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)
  memory=$((\${free:-2097152} / 2))
  [ $memory -ge ${LEAST_KIB} ] || memory=${LEAST_KIB}
fi
echo 1000 >/proc/self/oom_score_adj
for it in usr bin sbin lib lib32 lib64 libx32; do
  if [ -L /$it ]; then cp -P /$it $it
  elif [ -d /$it ]; then
    mkdir -p $it
    mount --bind /$it $it
    mount -o remount,bind,ro,nosuid,nodev $it
  fi
done
for it in ld.so.cache alternatives localtime ldap/schema openldap/schema; do
  [ -e /etc/$it ] || continue
  case $it in */*) mkdir -p etc/\${it%/*} ;; esac
  cp -RP /etc/$it etc/$it
done
printf 'root:x:0:0::/:/bin/false\\ndrill:x:%s:%s::/drill:/bin/false\\n' $uid $uid >etc/passwd
printf 'drill:x:%s:\\n' $uid >etc/group
echo '127.0.0.1 localhost drill' >etc/hosts
printf 'passwd: files\\ngroup: files\\nhosts: files\\n' >etc/nsswitch.conf
hostname drill
for it in null zero random urandom; do
  : >dev/$it
  mount --bind /dev/$it dev/$it
done
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
mkdir dev/shm
mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec none dev/shm
mount -t tmpfs -o size=16m,mode=1777,nosuid,nodev,noexec none tmp
mount -t proc -o nosuid,nodev,noexec none proc
cat <&4 >drill.sh
fd=5
for it in $files; do
  eval "cat <&$fd >$it"
  fd=$((fd + 1))
done
mount -o remount,ro .
pivot_root . old
cd /
umount -l /old
exec 3<&- 4<&- 5<&- 6<&- 0<&8 8<&- 1>&9 9>&-
cd /drill
watch() {
  while sleep 1; do
    used=$(cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }')
    [ "$used" -le $memory ] || { trap '' TERM; kill -KILL -1; exit ${DRILL_EXITS.memory}; }
  done
}
watch </dev/null >/dev/null 2>&1 &
watcher=$!
code=0 over=0
prlimit --core=0 --nproc=${MOST_PROCESSES} --data=$((memory * 1024)) setpriv --reuid=$uid --regid=$uid --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all --ambient-caps=-all --pdeathsig KILL \\
  env -i PATH=${SYSTEM_PATH.join(':')} HOME=/drill TMPDIR=/tmp LC_ALL=C.UTF-8 TZ=UTC /bin/sh /drill.sh "$@" || code=$?
kill $watcher 2>/dev/null || :
wait $watcher 2>/dev/null || over=$?
[ $over != ${DRILL_EXITS.memory} ] || exit $over
exit $code`

// User IDs that neither distributions nor systemd assign (systemd: "Users, Groups, UIDs and GIDs on systemd Systems"). Sandboxes that are open together have
// different ones: the number of processes is limited for each.
const FIRST_USER = 60_706
const USERS = 460
let nextUser = randomInt(USERS)

const NAMESPACES = ['unshare', '--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child=KILL', '--propagation', 'private'] as const

export interface Sandboxed {
  /** The inner script, for `sh`. It reads an object from its stdin and writes the facts to stdout. */
  readonly script: string
  readonly args: readonly string[]
  /** Small texts that it finds in `/`, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** An empty file, which is removed. */
  readonly image: string
  readonly bytes: number
  /** Sizes of the file systems of other sandboxes that are open, which may be in memory, too. */
  readonly otherBytes: number
  /** For all processes together. Absent: half of the available memory, at least 1 GiB. */
  readonly memoryBytes?: number
}

/** The command of a drill. The worst effect of its input is a wrong answer. Requires root. */
export function sandboxed({ script, args, files = {}, image, bytes, otherBytes, memoryBytes = 0 }: Sandboxed): Command {
  nextUser = (nextUser + 1) % USERS
  const uid = FIRST_USER + nextUser
  const extras: readonly Extra[] = [SCRIPT, script, ...Object.values(files)].map((text) => ({ kind: 'secret-file', parts: [text] }))
  const kib = [bytes, otherBytes, memoryBytes].map((it) => String(Math.ceil(it / 1024)))
  const words = [String(uid), image, ...kib, Object.keys(files).join(' '), ...args]
  return {
    ...programWith([...NAMESPACES, '/bin/sh', '/dev/fd/3', ...words], { extras }),
    searchPath: SYSTEM_PATH,
    execId: 'drill',
    workingFolder: '/',
  }
}
