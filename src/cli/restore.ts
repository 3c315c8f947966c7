import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { chooseSet } from '../backup/choose-set.ts'
import { restoreInto } from '../backup/restore-into.ts'
import { type RestoreDeps, type RestoreRequest, type RestoreResult, restoreSet } from '../backup/restore-set.ts'
import type { CheckRecord } from '../journal/run-record.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import type { Plan } from '../plan/plan.ts'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../process/processes.ts'
import { backupsOf, chooseTask, type OwnedBackup } from './choose-task.ts'
import { contentOf } from './content-of.ts'
import { eachSetStore } from './each-set-store.ts'
import { type Exit, exitWith } from './exit.ts'
import { openHostJournal } from './host-journal.ts'
import { type IntoServer, intoOption } from './into-option.ts'
import { loadPlan } from './load-plan.ts'
import { effectiveVerbosity, hasFlag, type Invocation, UsageError } from './options.ts'
import { LEVEL } from './print-event.ts'
import { tellRestore } from './print-restore.ts'
import { secretResolver } from './resolve-secret.ts'
import { restoreKeys } from './restore-keys.ts'
import { newRunId } from './wire.ts'
import type { World } from './world.ts'

class NothingToRestore extends AppError {
  readonly code = 'cli/nothing-to-restore'
}

/** `restore TASK [SET|latest|MOMENT] [OBJECT ...] --to FOLDER`. Ends with 1 when anything is wrong; nothing was put in place then. */
export async function restoreCommand(invocation: Invocation, world: World): Promise<Exit> {
  const [name, wanted = 'latest', ...objects] = invocation.args
  const options = optionsOf(invocation, world)
  const found = await findSet(await loadPlan(invocation.global), { name, wanted }, world)
  if (found === undefined) return exitWith('failed')
  const request: Request = { ...options, set: found.set, objects, contentOf: contentOf(found.owned.step) }
  // What is restored may be secret: where a program makes a folder by itself, nobody else may look into it.
  process.umask(0o077)
  world.signals.arm()
  let isGood = false
  const isRead = await eachSetStore([found.owned], world, async (sets, owned) => {
    isGood = await restoreFrom(sets, { owned, request, invocation }, world)
  })
  const signal = world.signals.stoppedBy()
  return signal === undefined ? exitWith(isGood && isRead ? 'ok' : 'failed') : { ...exitWith('failed'), signal }
}

/** With `into`, the destination is a database. */
type Request = RestoreRequest & { readonly into?: IntoServer }

function optionsOf(invocation: Invocation, world: World): Omit<Request, 'set' | 'objects' | 'contentOf'> {
  const { to, path = [] } = invocation.options
  const into = intoOption(invocation, world)
  if (into === undefined && (typeof to !== 'string' || to === ''))
    throw new UsageError('a restore needs a folder', { hint: 'Name it by --to FOLDER.' })
  return {
    ...(into && { into }),
    destination: into ? into.server.label : resolve(String(to)),
    members: path as readonly string[],
    overwrite: hasFlag(invocation, 'overwrite'),
    raw: hasFlag(invocation, 'raw'),
    numericOwner: hasFlag(invocation, 'numericOwner'),
    dryRun: hasFlag(invocation, 'dryRun'),
    keys: restoreKeys(invocation, world),
  }
}

interface FoundSet {
  readonly owned: OwnedBackup
  readonly set: string
}

/** The one set that is meant. Undefined when a storage could not be read, which is told already. */
async function findSet(
  plan: Plan,
  { name, wanted }: { readonly name: string | undefined; readonly wanted: string },
  world: World,
): Promise<FoundSet | undefined> {
  const found: FoundSet[] = []
  const isRead = await eachSetStore(backupsOf(plan, chooseTask(plan, name)), world, async (sets, owned) => {
    const set = chooseSet(await sets.list({ signal: world.signals.stop }), wanted)?.name
    if (set !== undefined) found.push({ owned, set })
  })
  if (!isRead) return undefined
  const [first, second] = found
  if (first === undefined) {
    const what = wanted === 'latest' ? 'there is no set to restore' : `there is no set "${printable(wanted)}", nor is one older than that`
    throw new NothingToRestore(what, {
      hint: '"sets" lists what there is. Write a name, "latest", or a moment such as 2026-11-20 or 2026-11-20T08:00.',
    })
  }
  if (second === undefined) return first
  const tasks = [...new Set(found.map(({ owned }) => `"${printable(owned.task)}"`))].join(', ')
  throw new NothingToRestore('more than one backup step of this task has such a set', {
    hint: `Name the task that made it: ${tasks}; or the set in full.`,
  })
}

function restoreEither(sets: Parameters<typeof restoreSet>[0], request: Request, deps: RestoreDeps): Promise<RestoreResult> {
  const [object = ''] = request.objects
  return request.into ? restoreInto(sets, { ...request, ...request.into, object }, deps) : restoreSet(sets, request, deps)
}

interface Restoring {
  readonly owned: OwnedBackup
  readonly request: Request
  readonly invocation: Invocation
}

async function restoreFrom(sets: Parameters<typeof restoreSet>[0], { owned, request, invocation }: Restoring, world: World): Promise<boolean> {
  const { signals, clock, env, reach } = world
  const verbosity = effectiveVerbosity(invocation.global)
  const processes = openProcesses({ runId: newRunId(clock()), resolveSecret: secretResolver(env), ignoredSignals: signals.ignored() })
  const journal = openHostJournal(world, verbosity)
  const place = { owned, storage: sets.label, target: request.destination, began: clock() }
  const onStderr = (_stage: string, text: string) => {
    if (verbosity >= LEVEL.DEBUG) world.stderr.write(text)
  }
  try {
    const call = { signal: signals.stop, ...(reach && { reach }) }
    const result = await restoreEither(sets, request, { processes, call, limits: DEFAULT_LIMITS, onStderr })
    if (!request.dryRun) await journal.record(recordOf(result, { ...place, ended: clock() }))
    tellRestore(result, { ...place, request, json: hasFlag(invocation, 'json'), verbosity, world })
    return result.problems.length === 0
  } catch (error) {
    if (!request.dryRun) {
      const failed: Pick<RestoreResult, 'set' | 'problems'> = {
        set: request.set,
        problems: [{ kind: 'failed', path: '', message: messageOf(error) }],
      }
      await journal.record(recordOf(failed, { ...place, ended: clock() }))
    }
    throw error
  } finally {
    await processes.close()
    await journal.close()
  }
}

function recordOf(
  result: Pick<RestoreResult, 'set' | 'problems'> & Partial<RestoreResult>,
  { owned, ...what }: { readonly owned: OwnedBackup } & Pick<CheckRecord, 'storage' | 'began' | 'ended' | 'target'>,
): CheckRecord {
  const { set, objects, bytes, problems } = result
  const found = { ...(objects && { objects: objects.length }), ...(bytes !== undefined && { bytes }) }
  const place = { task: owned.task, step: owned.step.name, set, host: hostname() }
  return { kind: 'restore', ...place, ...what, ...found, good: problems.length === 0, problems: problems.map(({ message }) => message) }
}
