import { existsSync } from 'node:fs'
import type { Command } from '../../plan/command.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import { findProgram, findTool } from '../../process/start/find-program.ts'
import { askTool } from '../../process/tool/run-tool.ts'
import { isRemote, type SyncEnd } from './sync-ends.ts'

// rsync opens what is in its folders by path: a user who owns one of them can replace it by a link meanwhile. Nothing outside may be reachable then.

/**
 * The script of the first process in a new mount namespace. Its arguments: a folder that is covered, the working folder; a descriptor, its access and its path
 * for each end; `--`; a program with its arguments. The program sees a file system in memory with the programs of the host and the ends at their paths,
 * all read-only except for ends with the access `rw`. There is no /proc, whose links lead outside.
 */
const SCRIPT = `set -eu
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

/** The reason why rsync cannot be confined to the ends of the step; undefined if it can. */
export async function whyNotConfined(step: SyncStep, ends: readonly SyncEnd[]): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'this requires root'
  if (isRemote(step.source) || isRemote(step.target)) return 'it accesses another host'
  const word = [...step.options, ...step.transferOptions].find(mayNameFile)
  if (word !== undefined) return `the option "${word}" may refer to another file`
  if (!/^\/(?:usr\/)?s?bin\//u.test(findProgram(rsync(step)))) return 'it is not a program of the base system'
  if (ends.some(({ path }) => ['/', '/proc', '/etc', '/usr'].includes(path)) || coverable(ends) === undefined) return 'the folder contains the system'
  const { exitCode, stderr } = await askTool(['unshare', '--mount', 'true'])
  return exitCode === 0 ? undefined : `this system does not allow namespaces: ${stderr.trim().split('\n')[0] || 'unshare is missing'}`
}

/** The command in a mount namespace in which only the ends are accessible, each at its path. A dry step can write to none of them. */
export function confinedSync(command: Command, step: SyncStep, ends: readonly SyncEnd[]): Command {
  // From the outside to the inside, if one contains the other.
  const sorted = ends.toSorted((a, b) => a.path.length - b.path.length)
  const isWritten = ({ role }: SyncEnd) => step.dry !== true && (role === 'target' || movesFiles(step))
  const words = sorted.flatMap((end, index) => [String(index + 4), isWritten(end) ? 'rw' : 'ro', end.path])
  return {
    ...command,
    argv: [
      findTool('unshare'),
      '--mount',
      '/bin/sh',
      '/dev/fd/3',
      coverable(ends) ?? '/mnt',
      step.workingFolder ?? '/',
      ...words,
      '--',
      findProgram(rsync(step)),
      ...command.argv.slice(1),
    ],
    extras: [{ kind: 'secret-file', parts: [SCRIPT] }, ...sorted.map(({ fd }) => ({ kind: 'open-file', fd }) as const)],
    execId: command.argv[0],
  }
}

/** The command with a source that other users can change, held open: only what is below it can be replaced. Undefined if an option copies the path itself. */
export function withHeldSource(command: Command, step: SyncStep, { fd, heldPath }: SyncEnd): Command | undefined {
  const words = [...step.options, ...step.transferOptions]
  if (heldPath === undefined || words.some((it) => /^-[^-]*R|^--(?:relative|files-from)/u.test(it))) return undefined
  const [program, ...rest] = command.argv
  return { ...command, argv: [program, ...rest.slice(0, -2), heldPath, step.target], extras: [{ kind: 'open-file', fd }] }
}

/** Options with values such as "../previous", "--exclude-from=FILE" or "--filter=merge FILE". */
function mayNameFile(word: string): boolean {
  return !word.startsWith('-') || /\/|\.\.|^-[^-]*f|^--filter|-(?:from|file|batch)\b/u.test(word)
}

function movesFiles({ options, transferOptions }: SyncStep): boolean {
  return [...options, ...transferOptions].some((it) => it.startsWith('--remove-'))
}

/** A folder that can be covered by the new file system, because no end is in it. */
function coverable(ends: readonly SyncEnd[]): string | undefined {
  return ['/mnt', '/media', '/srv', '/opt'].find((it) => existsSync(it) && !ends.some(({ path }) => `${path}/`.startsWith(`${it}/`)))
}

function rsync({ environment, searchPath }: SyncStep): Command {
  return { argv: ['rsync'], environment, searchPath, accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'verbose' }
}
