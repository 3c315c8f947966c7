import { makeFolders } from '../../files/make-folders.ts'
import { PROGRAM } from '../../lib/assets.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { tasksReached } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'
import { CannotEnable } from '../schedules/cannot-enable.ts'
import { refuseMissing } from '../schedules/timers/change-timers.ts'
import { needsOf } from '../schedules/timers/needs-of.ts'

/**
 * In a mount namespace of its own, makes everything read-only, except for /proc, /sys, /dev and the first N folders; arguments: N, the folders, a
 * program with its arguments. The kernel writes spaces in the names of mount points as `\\040`, as printf(1) reads them.
 */
const SCRIPT = `set -eu
mount --make-rprivate /
count=$1
shift
for point in $(cut -d ' ' -f 5 /proc/self/mountinfo); do
  case $point in /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | *%*) continue ;; esac
  mount -o remount,bind,ro "$(printf "$point")" 2>/dev/null || :
done
while [ "$count" -gt 0 ]; do
  mount --bind "$1" "$1"
  mount -o remount,bind,rw "$1"
  shift
  count=$((count - 1))
done
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
  const namespaces = ['unshare', '--mount', ...(network === 'none' ? ['--net'] : [])]
  return [...namespaces, '/bin/sh', '-c', SCRIPT, 'sh', String(writes.length), ...writes, PROGRAM, ...words]
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
  throw new CannotEnable(`the task "${task.name}" saves an LDAP directory, which cannot be read consistently on a read-only host`, {
    hint: 'Run it without --sandbox.',
  })
}
