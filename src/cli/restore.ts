import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { type RestoreIntoDeps, restoreInto } from '../backup/restore-into.ts'
import type { RestoreProblem } from '../backup/restore-jobs.ts'
import { type RestoreRequest, type RestoreResult, restoreSet } from '../backup/restore-set.ts'
import type { CheckRecord } from '../journal/run-record.ts'
import { messageOf } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { describeStorage } from '../plan/describe-step.ts'
import { type OwnedTarget, setsOf } from '../plan/sets-of.ts'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../process/processes.ts'
import { chooseTask } from './choose-task.ts'
import { contentOf } from './content-of.ts'
import { eachSetStore } from './each-set-store.ts'
import { type Exit, exitWith } from './exit.ts'
import { findSet } from './find-set.ts'
import { openHostJournal } from './host-journal.ts'
import { type IntoServer, intoOption } from './into-option.ts'
import { isOfStorage } from './is-of-storage.ts'
import { loadPlan } from './load-plan.ts'
import { onStorage } from './on-storage.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices, UsageError } from './options.ts'
import { LEVEL } from './print-event.ts'
import { tellRestore } from './print-restore.ts'
import { openReadView } from './read-view.ts'
import { secretResolver } from './resolve-secret.ts'
import { restoreKeys } from './restore-keys.ts'
import { recordFolder } from './state-folder.ts'
import { tellFailure } from './tell-failure.ts'
import { newRunId } from './wire.ts'
import type { World } from './world.ts'

/**
 * `restore TASK [SET|latest|MOMENT] [OBJECT ...] --to FOLDER`: from the first storage that has the set and can be read, local ones first. Ends with 1 when
 * anything is wrong; nothing was put in place then.
 */
export async function restoreCommand(invocation: Invocation, world: World): Promise<Exit> {
  const [name, wanted = 'latest', ...objects] = invocation.args
  const options = optionsOf(invocation, world)
  const plan = await loadPlan(invocation.global)
  const opening = { ...world, ...rootChoices(invocation) }
  const found = await findSet(onStorage(setsOf(plan, chooseTask(plan, name)), invocation), wanted, opening)
  if (found === undefined) return exitWith('failed')
  const keys = await restoreKeys(invocation, world, plan)
  // What is restored may be secret: where a program makes a folder by itself, nobody else may look into it.
  process.umask(0o077)
  world.signals.arm()
  let isGood = false
  for (const [index, place] of found.places.entries()) {
    const { target, ...owned } = place
    const request: Request = { ...options, set: found.set, objects, keys, contentOf: contentOf(owned.step) }
    const outcomes: Outcome[] = []
    await eachSetStore([{ ...owned, targets: [target] }], opening, async (sets, from) => {
      outcomes.push(await restoreFrom(sets, { owned: from, request, invocation }, world))
    })
    const [outcome] = outcomes
    isGood = outcome === 'restored'
    const next = found.places[index + 1]
    if (outcome !== 'unreadable' || next === undefined || world.signals.stop.aborted) break
    world.stderr.write(`note: trying ${describeStorage(next.target.storage)} instead, which also has the set ${found.set}\n`)
  }
  const signal = world.signals.stoppedBy()
  return signal === undefined ? exitWith(isGood ? 'ok' : 'failed') : { ...exitWith('failed'), signal }
}

/** `unreadable`: it is this storage that is not as it should be, and another one may do. */
type Outcome = 'restored' | 'failed' | 'unreadable'

const OF_STORAGE: ReadonlySet<RestoreProblem['kind']> = new Set(['missing', 'size', 'digest', 'unreadable'])

/** With `into`, the destination is a database. */
type Request = RestoreRequest & { readonly into?: IntoServer }

function optionsOf(invocation: Invocation, world: World): Omit<Request, 'set' | 'objects' | 'keys' | 'contentOf'> {
  const { to, path = [] } = invocation.options
  const into = intoOption(invocation, world)
  if (into === undefined && (typeof to !== 'string' || to === ''))
    throw new UsageError('missing option --to FOLDER', { hint: 'Specify the target folder.' })
  return {
    ...(into && { into }),
    destination: into ? into.server.label : resolve(String(to)),
    members: path as readonly string[],
    overwrite: hasFlag(invocation, 'overwrite'),
    raw: hasFlag(invocation, 'raw'),
    numericOwner: hasFlag(invocation, 'numericOwner'),
    dryRun: hasFlag(invocation, 'dryRun'),
  }
}

function restoreEither(sets: Parameters<typeof restoreSet>[0], request: Request, deps: RestoreIntoDeps): Promise<RestoreResult> {
  const [object = ''] = request.objects
  return request.into ? restoreInto(sets, { ...request, ...request.into, object }, deps) : restoreSet(sets, request, deps)
}

interface Restoring {
  readonly owned: OwnedTarget
  readonly request: Request
  readonly invocation: Invocation
}

async function restoreFrom(sets: Parameters<typeof restoreSet>[0], { owned, request, invocation }: Restoring, world: World): Promise<Outcome> {
  const { signals, clock, reach } = world
  const verbosity = effectiveVerbosity(invocation.global)
  const processes = openProcesses({
    runId: newRunId(clock()),
    resolveSecret: secretResolver(world),
    ignoredSignals: signals.ignored(),
    recordFolder: recordFolder(world),
  })
  const journal = openHostJournal(world, verbosity)
  const place = { owned, storage: sets.label, target: request.destination, began: clock() }
  const json = hasFlag(invocation, 'json')
  const view = openReadView(world, { verbosity, json })
  view.begin(`restore ${request.set} from ${sets.label}`)
  const onStderr = (_stage: string, text: string) => {
    if (verbosity >= LEVEL.DEBUG) view.print(text)
  }
  const onNote = (note: string) => {
    if (verbosity >= LEVEL.INFO) view.print(`note: ${printable(note)}\n`)
  }
  try {
    const call = { signal: signals.stop, ...(reach && { reach }) }
    const deps = { processes, call, limits: DEFAULT_LIMITS, onStderr, onProgress: view.onProgress }
    const result = await restoreEither(sets, request, { ...deps, ...(!json && { onNote }) })
    view.close()
    if (!request.dryRun) await journal.record(recordOf(result, { ...place, ended: clock() }))
    tellRestore(result, { ...place, request, json, verbosity, world })
    if (result.problems.length === 0) return 'restored'
    return result.problems.every(({ kind }) => OF_STORAGE.has(kind)) ? 'unreadable' : 'failed'
  } catch (error) {
    view.close()
    if (!request.dryRun) {
      const failed: Pick<RestoreResult, 'set' | 'problems'> = {
        set: request.set,
        problems: [{ kind: 'failed', path: '', message: messageOf(error) }],
      }
      await journal.record(recordOf(failed, { ...place, ended: clock() }))
    }
    if (!isOfStorage(error)) throw error
    tellFailure(error, world)
    return 'unreadable'
  } finally {
    await processes.close()
    await journal.close()
  }
}

function recordOf(
  result: Pick<RestoreResult, 'set' | 'problems'> & Partial<RestoreResult>,
  { owned, ...what }: { readonly owned: OwnedTarget } & Pick<CheckRecord, 'storage' | 'began' | 'ended' | 'target'>,
): CheckRecord {
  const { set, objects, bytes, problems } = result
  const found = { ...(objects && { objects: objects.length }), ...(bytes !== undefined && { bytes }) }
  const place = { task: owned.task, step: owned.step.name, set, host: hostname() }
  return { kind: 'restore', ...place, ...what, ...found, good: problems.length === 0, problems: problems.map(({ message }) => message) }
}
