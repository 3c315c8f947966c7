import { randomInt } from 'node:crypto'
import { EVALUATE } from '../../lib/assets.ts'
import type { Command } from '../../plan/command.ts'
import { queryTool } from '../../process/tool/run-tool.ts'

/**
 * The script of the first process in new namespaces; its arguments: a user ID, a folder, names of files, HOST, PORT, the two words that start Node.js on
 * the text of a script, and a program with its arguments. The program sees a read-only file system in memory with the programs of the host, a few settings of /etc, the folder as
 * `/door`, and in `/home` files with these names, read from descriptors 4 and above, which only this program can read. There is no network; with
 * HOST, connections to it on PORT are forwarded to the socket `/door/server`. The program has no privileges, cannot obtain any, and cannot start
 * other programs: it is limited to one process, and there is no shell.
 */
const SCRIPT = `set -eu
umask 022
uid=$1 sockets=$2 files=$3 host=$4 port=$5 node=$6 evaluate=$7
shift 7
mount -t tmpfs -o size=16m,mode=755,nosuid,nodev none /mnt
cd /mnt
mkdir usr etc dev home door old proc
mount --bind /proc proc
for it in usr bin sbin lib lib32 lib64 libx32; do
  if [ -L /$it ]; then cp -P /$it $it
  elif [ -d /$it ]; then
    mkdir -p $it
    mount --bind /$it $it
    mount -o remount,bind,ro,nosuid,nodev $it
  fi
done
for it in ld.so.cache alternatives ssl/certs ssl/openssl.cnf pki/tls/certs pki/ca-trust crypto-policies localtime; do
  [ -e /etc/$it ] || continue
  case $it in */*) mkdir -p etc/\${it%/*} ;; esac
  cp -RP /etc/$it etc/$it
done
echo "client:x:$uid:$uid::/home:/bin/false" >etc/passwd
echo "127.0.0.1 localhost $host" >etc/hosts
echo 'hosts: files' >etc/nsswitch.conf
for it in null zero random urandom; do
  : >dev/$it
  mount --bind /dev/$it dev/$it
done
chmod 711 "$sockets"
chmod 666 "$sockets"/* "$sockets"/.s.* 2>/dev/null || :
mount --bind "$sockets" door
fd=4
for it in $files; do
  eval "cat <&$fd >home/$it"
  chown $uid:$uid home/$it
  chmod 400 home/$it
  fd=$((fd + 1))
done
exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
if [ -n "$host" ]; then
  ip link set lo up
  case $host in *:* | *[!0-9.]*) ;; *) ip address add "$host/32" dev lo ;; esac
  mkdir hop
  mount -t tmpfs none hop
  mkfifo hop/ready
  "$node" "$evaluate" '
    const net = require("node:net")
    const hop = (near) => {
      const far = net.connect({ path: "/door/server", allowHalfOpen: true })
      near.pipe(far).pipe(near)
      for (const it of [near, far]) it.on("error", () => (near.destroy(), far.destroy()))
    }
    net.createServer({ allowHalfOpen: true }, hop).listen(Number(process.argv[1]), () => {
      process.setgroups([])
      process.setgid(Number(process.argv[2]))
      process.setuid(Number(process.argv[2]))
      console.log("ready")
    })' "$port" $((uid + 1)) </dev/null >hop/ready &
  read -r _ <hop/ready
  umount -l hop
  rmdir hop
fi
mount --bind /dev/null ".$(readlink -f /bin/sh)"
mount -o remount,ro .
pivot_root . old
cd /
umount -l /old
umount -l /proc
if prlimit --nproc=1 --core=0 setpriv --reuid=$uid --regid=$uid --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all --pdeathsig KILL "$@"
then exit 0; else exit $?; fi`

const NAMESPACES = ['unshare', '--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child=KILL'] as const

/** The reason why programs cannot be confined here; undefined if they can. */
export async function whyNotConfined(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'this requires root'
  const { exitCode, stderr } = await queryTool([...NAMESPACES, 'true'])
  return exitCode === 0 ? undefined : `this system does not allow namespaces: ${stderr.trim().split('\n')[0] || 'unshare is missing'}`
}

export interface Confinement {
  /** The folder that appears as `/door`. */
  readonly socketFolder: string
  /** The names in `/home` of the command's extras, which are all files. */
  readonly files: readonly string[]
  /** A server that is accessed over TCP; the socket `server` in that folder is connected to it. */
  readonly tcp?: { readonly host: string; readonly port: string }
}

/** The confined command. Its input cannot cause more than communication with the server behind the sockets. */
export function confined(command: Command, { socketFolder, files, tcp }: Confinement): Command {
  // User IDs that neither distributions nor systemd assign (systemd: "Users, Groups, UIDs and GIDs on systemd Systems"); two, the second one for the
  // hop.
  const uid = 60_706 + 2 * randomInt(230)
  const words = [String(uid), socketFolder, files.join(' '), tcp?.host ?? '', tcp?.port ?? '', ...EVALUATE]
  return {
    ...command,
    argv: [...NAMESPACES, '/bin/sh', '/dev/fd/3', ...words, ...command.argv],
    extras: [{ kind: 'secret-file', parts: [SCRIPT] }, ...(command.extras ?? [])],
    execId: command.argv[0],
    workingFolder: '/',
  }
}
