import { makeFolders } from '../../files/make-folders.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { PROGRAM } from '../../lib/assets.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { tasksReached } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'
import { CannotEnable } from '../schedules/cannot-enable.ts'
import { refuseMissing } from '../schedules/timers/change-timers.ts'
import { needsOf } from '../schedules/timers/needs-of.ts'

/**
 * In a mount namespace of its own, makes every file system read-only, except for /proc, /sys, /dev and the first N folders with what is mounted in them;
 * arguments: N, the real paths of the folders, a program with its arguments. Fails if one stays writable. A mount that is covered by another one cannot
 * be reached, nor changed. The kernel writes spaces in the names of mount points as `\\040`, as printf(1) reads them. A folder of an automounter has no
 * files, and would be mounted by its name.
 */
const SCRIPT = `set -eu
fail() {
  printf 'error: could not create the sandbox: %s\\n' "$1" >&2
  exit 1
}
visible() {
  awk '{
    id[NR] = $1; above[NR] = $2; at[NR] = $5; options[NR] = $6
    for (i = 7; $i != "-"; i++);
    type[NR] = $(i + 1)
    line[$1] = NR
  }
  function hidden(i, j) {
    for (j = 1; j <= NR; j++) {
      if (j == i || at[j] == "/") continue
      if (above[j] == id[i] && at[j] == at[i]) return 1
      if (above[j] == above[i] && index(at[i], at[j] "/") == 1) return 1
    }
    return above[i] in line && line[above[i]] != i && hidden(line[above[i]])
  }
  END {
    for (i = 1; i <= NR; i++) if (type[i] != "autofs" && "," options[i] "," !~ /,ro,/ && !hidden(i)) print at[i]
  }' /proc/self/mountinfo
}
writable() {
  case $1 in /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) return 0 ;; esac
  at=$1 left=$count
  shift
  while [ "$left" -gt 0 ]; do
    case $at in "$1" | "\${1%/}"/*) return 0 ;; esac
    shift
    left=$((left - 1))
  done
  return 1
}
each() {
  change=$1
  shift
  mounts=$(visible) || fail 'awk failed'
  while IFS= read -r raw; do
    point=$(printf "$(printf %s "$raw" | sed 's/%/%%/g')")
    [ -z "$raw" ] || writable "$point" "$@" || "$change" "$point"
  done <<END
$mounts
END
}
lock() {
  # A mount is gone if others remove its folder; what stays writable is found afterwards.
  message=$(mount -c -o remount,bind,ro "$1" 2>&1) || [ ! -e "$1" ] || {
    printf '%s\\n' "$message" >&2
    fail "could not make \\"$1\\" read-only"
  }
}
refuse() {
  fail "\\"$1\\" is still writable"
}
mount --make-rprivate / || fail 'could not separate its mounts from those of the host'
count=$1
shift
index=0
for folder in "$@"; do
  [ "$index" -lt "$count" ] || break
  [ "$folder" = / ] || mount -c --rbind "$folder" "$folder" || fail "could not mount \\"$folder\\""
  index=$((index + 1))
done
each lock "$@"
each refuse "$@"
shift "$count"
exec "$@"`

/**
 * The command that runs a task for real, on a host of which only the folders are writable to which the task writes by its configuration; without a
 * network if it needs none. `words`: the command line for the run. Rejects if the user is not root, if such a folder is missing, or if the task saves an
 * LDAP directory.
 */
export async function sandboxedCommand({ plan, task, words }: SandboxedRun, host: Host): Promise<readonly string[]> {
  if (host.uid !== 0) throw new CannotEnable('a sandbox requires root')
  refuseLdap(plan, task)
  await refuseMissing(task, plan, host)
  const { writes, network } = await needsOf(plan, task, stateFolder(host.env, host.uid))
  // Its parts may be missing before the first run.
  await makeFolders(stateFolder(host.env, host.uid), 0o700)
  const folders = await Promise.all(writes.map(realPathOf))
  const namespaces = ['unshare', '--mount', ...(network === 'none' ? ['--net'] : [])]
  return [...namespaces, '/bin/sh', '-c', SCRIPT, 'sh', String(folders.length), ...folders, PROGRAM, ...words]
}

export interface SandboxedRun {
  readonly plan: Plan
  readonly task: Task
  readonly words: readonly string[]
}

/** On a read-only host, slapcat reads its database without locks. */
function refuseLdap(plan: Plan, task: Task): void {
  const objects = tasksReached(plan, task).flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'backup' ? step.objects : [])))
  if (objects.every(({ source }) => source?.kind !== 'ldap')) return
  throw new CannotEnable(`the task "${task.name}" backs up an LDAP directory, which cannot be read consistently on a read-only host`, {
    hint: 'Run it without --sandbox.',
  })
}
