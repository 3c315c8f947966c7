import { hostname } from 'node:os'
import type { SetStore } from '../backup/set-store.ts'
import { type VerifyOptions, type VerifyResult, verifySet } from '../backup/verify.ts'
import type { CheckRecord } from '../journal/run-record.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import { counted, formatBytes, printable } from '../lib/format.ts'
import { type OwnedTarget, setsOf } from '../plan/sets-of.ts'
import type { Call } from '../storage/storage.ts'
import { chooseTask } from './choose-task.ts'
import { eachSetStore } from './each-set-store.ts'
import { type Exit, exitWith } from './exit.ts'
import { openHostJournal } from './host-journal.ts'
import { plainError } from './json-event.ts'
import { loadPlan } from './load-plan.ts'
import { onStorage } from './on-storage.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from './options.ts'
import { openReadView, type ReadView } from './read-view.ts'
import { tellFailure } from './tell-failure.ts'
import { openReading } from './verify-options.ts'
import type { World } from './world.ts'

class NothingToVerify extends AppError {
  readonly code = 'cli/nothing-to-verify'
}

/** What came of one set. `error`: it could not be read, or is no set of ours to read. */
type Verdict = VerifyResult | { readonly set: string; readonly error: AppError }

/** `verify [TASK] [SET|latest|all]`: the newest complete set of every backup step, or the one named. Ends with 1 when anything is wrong, or a place has nothing. */
export async function verifySets(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  const [name, wanted = 'latest'] = invocation.args
  const verbosity = effectiveVerbosity(invocation.global)
  const telling = { json: hasFlag(invocation, 'json'), quiet: invocation.global.quiet, world }
  const view = openReadView(world, { verbosity, json: telling.json })
  const empty: EmptyPlace[] = []
  let checked = 0
  let isGood = true
  const journal = openHostJournal(world, verbosity)
  const reading = await openReading(invocation, world, plan)
  const places = onStorage(setsOf(plan, name ? chooseTask(plan, name) : undefined), invocation)
  const isRead = await eachSetStore(places, { ...world, ...rootChoices(invocation) }, async (sets, owned) => {
    let began = world.clock()
    const before = checked
    const look = { wanted, call: { signal: world.signals.stop }, options: { ...reading.optionsFor(owned), onProgress: view.onProgress }, view }
    for await (const verdict of verdictsOn(reading.pace(sets), look)) {
      view.end()
      checked += 1
      isGood &&= isSound(verdict)
      tell(verdict, { ...telling, owned, storage: sets.label })
      await journal.record(recordOf(verdict, { owned, storage: sets.label, began, ended: world.clock() }))
      began = world.clock()
    }
    if (checked === before && isEverySet(wanted)) empty.push({ owned, storage: sets.label })
  })
  view.close()
  await reading.close()
  await journal.close()
  const signal = world.signals.stoppedBy()
  if (signal !== undefined) return { ...exitWith('failed'), signal }
  if (checked === 0 && isRead && empty.length === 0) throw nothingThere(wanted)
  for (const place of empty) tellEmpty(place, telling)
  return exitWith(isGood && isRead && empty.length === 0 ? 'ok' : 'failed')
}

/** A place that should have sets and has none to verify. */
interface EmptyPlace {
  readonly owned: OwnedTarget
  readonly storage: string
}

function tellEmpty({ owned, storage }: EmptyPlace, { json, world }: Pick<Telling, 'json' | 'world'>): void {
  const error = new NothingToVerify(`no set of the task "${printable(owned.task)}" found on "${storage}"`, {
    hint: `Run "run ${owned.task}" to make or copy one; see "sets" for the existing sets.`,
  })
  if (json) world.stdout.write(`${JSON.stringify({ task: owned.task, step: owned.step.name, storage, good: false, error: plainError(error) })}\n`)
  else tellFailure(error, world)
}

function isEverySet(wanted: string): boolean {
  return wanted === 'latest' || wanted === 'all'
}

function nothingThere(wanted: string): NothingToVerify {
  const what = isEverySet(wanted) ? 'no sets to verify' : `unknown set "${printable(wanted)}"`
  return new NothingToVerify(what, { hint: 'See "sets" for the existing sets; "run" makes a new one.' })
}

interface Wanted {
  readonly wanted: string
  readonly call: Call
  readonly options: VerifyOptions
  readonly view: ReadView
}

async function* verdictsOn(sets: SetStore, { wanted, call, options, view }: Wanted): AsyncGenerator<Verdict> {
  for (const set of await namesOf(sets, wanted, call)) {
    view.begin(`verify ${set} on ${sets.label}`)
    yield await verifySet(sets, set, call, options).catch((error: unknown) => {
      if (error instanceof AppError) return { set, error }
      throw error
    })
  }
}

async function namesOf(sets: SetStore, wanted: string, call: Call): Promise<readonly string[]> {
  const present = await sets.list(call)
  if (wanted !== 'latest' && wanted !== 'all') return present.map(({ name }) => name).filter((name) => name === wanted)
  const names = present.filter(({ state }) => state !== 'unfinished').map(({ name }) => name)
  return wanted === 'all' ? names : names.slice(-1)
}

function isSound(verdict: Verdict): boolean {
  return !('error' in verdict) && verdict.problems.length === 0
}

function recordOf(
  verdict: Verdict,
  { owned, ...what }: { readonly owned: OwnedTarget } & Pick<CheckRecord, 'storage' | 'began' | 'ended'>,
): CheckRecord {
  const found = 'error' in verdict ? {} : { objects: verdict.objects, bytes: verdict.bytes }
  const problems = 'error' in verdict ? [messageOf(verdict.error)] : verdict.problems.map(({ message }) => message)
  const place = { task: owned.task, step: owned.step.name, set: verdict.set, host: hostname() }
  return { kind: 'verify', ...place, ...what, ...found, good: isSound(verdict), problems }
}

interface Telling {
  readonly owned: OwnedTarget
  readonly storage: string
  readonly json: boolean
  readonly quiet: boolean
  readonly world: World
}

function tell(verdict: Verdict, { owned, storage, json, quiet, world }: Telling): void {
  const { stdout, stderr } = world
  if (json) stdout.write(renderJson(verdict, owned, storage))
  else if ('error' in verdict) tellFailure(verdict.error, world)
  else if (verdict.problems.length > 0) stderr.write(renderProblems(verdict, storage))
  else if (!quiet) stdout.write(`${storage}: ${verdict.set}: ${describeGood(verdict)}\n`)
  if (!json && !quiet && 'notes' in verdict) for (const note of verdict.notes ?? []) stderr.write(`note: ${printable(note)}\n`)
}

function renderProblems({ set, problems }: VerifyResult, storage: string): string {
  return [`error: ${storage}: ${set}: ${counted(problems.length, 'problem')}`, ...problems.map(({ message }) => `    ${message}`), ''].join('\n')
}

function describeGood({ state, objects, bytes, sampled }: VerifyResult): string {
  const all = counted(objects, state === 'legacy' ? 'file' : 'object')
  const size = `${sampled === undefined ? all : `${sampled} of ${all} read`}, ${formatBytes(bytes)}`
  return state === 'legacy' ? `readable; cannot be compared without a manifest (${size})` : `good (${size})`
}

function renderJson(verdict: Verdict, { task, step }: OwnedTarget, storage: string): string {
  const plain = 'error' in verdict ? { ...verdict, error: plainError(verdict.error) } : { ...verdict, bytes: String(verdict.bytes) }
  return `${JSON.stringify({ task, step: step.name, storage, good: isSound(verdict), ...plain })}\n`
}
