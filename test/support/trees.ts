import { execFileSync, spawnSync } from 'node:child_process'

/** Makes a tree with everything that a file system can hold and an archive can keep, below an existing folder. Needs root, and the programs of attr and acl. */
export function plantTree(folder: string): void {
  execFileSync('bash', ['--norc', '-euc', PLANT], { cwd: folder, stdio: 'pipe' })
}

const PLANT = `
umask 022
printf 'plain\\n' >plain
install -m 4755 /bin/true setuid
install -m 0000 /dev/null closed
install -d -m 2770 shared; install -d -m 1777 sticky; install -d -m 0555 readonly; install -d empty
printf x >shared/in; chown 1234:4321 shared/in
ln plain hard-one; mkdir sub; ln plain sub/hard-two
ln -s plain link; ln -s /no/such/where dangling; ln -s ../../.. up
mkfifo fifo; mknod device c 1 3
truncate -s 40M sparse; printf end | dd of=sparse bs=1 seek=41943040 conv=notrunc status=none
printf a >'two  words'; printf b >"it's"; printf c >-rf; printf d >"$(printf 'new\\nline')"; printf e >"$(printf 'bytes\\377\\376')"
printf f >é; printf g >'*'; printf h >'back\\slash'; printf i >'$(touch pwned)'; printf j >./--; printf k >'"'; printf l >"$(printf 'tab\\there')"
long=$(printf 'n%.0s' $(seq 200)); mkdir -p "deep/$long/$long/$long"; printf deep >"deep/$long/$long/$long/$long"
setfattr -n user.note -v kept plain; setfattr -n user.note -v 'on a folder' sub; setfattr -n trusted.mark -v secret plain
setfacl -m u:1234:rw,g:4321:r plain; setfacl -d -m u:1234:rwx shared
setcap cap_net_raw+ep setuid 2>/dev/null || setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 setuid
touch -d '2001-02-03 04:05:06.789012345 UTC' plain readonly sub
chown -h 77:88 link
`

/** Everything that can be told about a tree, one thing a line; equal texts = equal trees. Access times and inode numbers are left out. */
export function portrayTree(folder: string): string {
  const { stdout, status, stderr } = spawnSync('bash', ['--norc', '-euc', PORTRAY], { cwd: folder, encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

const PORTRAY = `
export LC_ALL=C
find . -mindepth 1 -printf '%P\\0' | sort -z >/tmp/portray.$$
while IFS= read -r -d '' name; do
  printf '%q ' "$name"; stat -c '%F %f %u:%g %h %s %t,%T' -- "./$name"
  case $(stat -c %F -- "./$name") in
    directory) stat -c '%y' -- "./$name" ;;
    'symbolic link') readlink -- "./$name" | od -An -c ;;
    *) stat -c '%y' -- "./$name" ;;
  esac
  [ ! -f "./$name" ] || [ -L "./$name" ] || sha256sum <"./$name"
  if [ ! -L "./$name" ]; then getfattr -d -m - -e hex --absolute-names -- "./$name" | tail -n +2; getfacl -n -p -c -- "./$name"; fi
done </tmp/portray.$$
rm /tmp/portray.$$
find . -type f -links +1 -printf '%i %P\\n' | sort -k2 | awk '{ inode = $1; sub(/^[0-9]+ /, ""); if (!(inode in first)) first[inode] = $0; print "same as " first[inode] ": " $0 }'
[ ! -e sparse ] || [ "$(stat -c %b sparse)" -lt 1000 ] && echo sparse
`
