import { firstOf, missingObjects } from '../../backup/set/missing-objects.ts'
import { parseSetName } from '../../backup/set/set-name.ts'
import type { SetStore, SetSummary } from '../../backup/set/set-store.ts'
import { isDamaged, isWhole, wasPublished } from '../../backup/set/standing.ts'
import { AHEAD_MS } from '../../lib/durations.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { counted, formatDuration } from '../../lib/format.ts'
import type { FreshnessCheck } from '../../plan/check.ts'
import type { BackupTarget, Plan } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import { type SetStep, setStepsOf } from '../../plan/steps/sets-of.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { CheckContext } from '../check-deps.ts'
import { type CheckResult, joinResults, unknownOf } from '../check-result.ts'
import { type AgeLimits, decideAgeLimits } from './age-limits.ts'

/** Searches each storage of the task's backup steps for its last good set. Queries the sets themselves, not records about them. */
export async function checkFreshness(check: FreshnessCheck, context: CheckContext): Promise<CheckResult> {
  const { plan } = context
  const task = plan.tasks.get(check.task)
  const steps = checkedSteps(plan, check)
  if (task === undefined || steps.length === 0)
    return { status: 'unknown', reason: `the task "${check.task}" makes no sets`, hint: 'Specify a task with a backup step.', facts: [] }
  const limits = decideAgeLimits(check, task.schedule)
  const places = steps.flatMap(({ step, targets }) => targets.map((target) => ({ step: step.name, makesSets: step.kind === 'backup', target })))
  const results = await Promise.all(places.map((place) => readTarget(place, limits, context)))
  return joinResults(results, results.map(({ reason }) => reason).join('; '))
}

/** The steps whose storages are checked. */
export function checkedSteps(plan: Plan, { task, step }: Pick<FreshnessCheck, 'task' | 'step'>): readonly SetStep[] {
  const start = plan.tasks.get(task)
  return start === undefined ? [] : setStepsOf(plan, start).filter((it) => step === undefined || it.step.name === step)
}

interface SetsLocation {
  /** The name of the step. */
  readonly step: string
  readonly target: BackupTarget
  /** Otherwise it copies them, perhaps for another host. */
  readonly makesSets: boolean
}

async function readTarget({ target, step, makesSets }: SetsLocation, limits: AgeLimits, context: CheckContext): Promise<CheckResult> {
  const call = { signal: context.signal }
  try {
    const { sets, close } = await context.openSets(target.storage)
    try {
      const all = (await sets.list(call)).filter(wasPublished)
      // Those of another host are no evidence of the backup of this one.
      const published = makesSets ? all.filter(({ isOfOther }) => isOfOther !== true) : all
      const found = { step, storage: target.name ?? sets.label, published, others: all.length - published.length }
      return decideFreshness({ ...found, ...(await readSets(sets, published, context)) }, limits, context.clock())
    } finally {
      await close()
    }
  } catch (error) {
    if (!context.signal.aborted) return unknownOf(error)
    const reason = `no answer from the storage of the sets of "${step}" (${describeStorage(target.storage)})`
    return { status: 'unknown', reason, hint: 'Check its server and its mount.', facts: [] }
  }
}

/** The newest good set, and the problem of the newest damaged one: an old one, too, can no longer be restored. */
async function readSets(
  sets: SetStore,
  published: readonly SetSummary[],
  { signal, clock }: CheckContext,
): Promise<Pick<FoundSets, 'last' | 'ahead' | 'trouble' | 'doubt'>> {
  const found: { last?: SetSummary; ahead?: SetSummary; trouble?: string; doubt?: string } = {}
  const latest = clock().getTime() + AHEAD_MS
  for (const set of published.toReversed()) {
    if (isDamaged(set) && found.trouble !== undefined) continue
    const wrong = await troubleWithSet(sets, set, { signal })
    const doubt = doubtAbout(set)
    if (wrong !== undefined) found.trouble ??= `the set ${set.name} is damaged: ${wrong}`
    else if (doubt === undefined && (parseSetName(set.name)?.getTime() ?? 0) > latest) found.ahead ??= set
    else if (doubt === undefined) found.last ??= set
    else if (found.last === undefined) found.doubt ??= doubt
  }
  return found
}

function doubtAbout({ name, isIncomplete, isSuspicious }: SetSummary): string | undefined {
  if (isIncomplete === true) return `the set ${name} is incomplete`
  return isSuspicious === true ? `the set ${name} is suspicious` : undefined
}

interface FoundSets {
  /** The name of the backup step. */
  readonly step: string
  readonly storage: string
  /** The complete and the damaged sets, oldest first. */
  readonly published: readonly SetSummary[]
  /** The number of sets that do not count because another host made them. */
  readonly others: number
  /** The newest set without errors that is not dated in the future. */
  readonly last?: SetSummary
  /** The newest set without errors that is dated in the future: its age is unknown. */
  readonly ahead?: SetSummary
  /** The problem of the newest damaged set. */
  readonly trouble?: string
  /** An incomplete or suspicious set that is newer than the newest good one. */
  readonly doubt?: string
}

function nothingGood({ published, others, trouble, doubt }: FoundSets, where: string): CheckResult {
  const except = others === 0 ? '' : `, except ${counted(others, 'set')} of other hosts`
  const reason = published.length === 0 ? `no complete set ${where}${except}` : `no good set ${where}: ${trouble ?? doubt}`
  const adopting = others === 0 ? '' : ' If this host replaces another one, see "adopt".'
  return { status: 'fail', reason, hint: `Run the task and check its result.${adopting}`, facts: [] }
}

/** The freshness of the sets of one step on one storage. Decides only. */
function decideFreshness(found: FoundSets, { warnMs, failMs }: AgeLimits, now: Date): CheckResult {
  const { step, storage, published, ahead, trouble, doubt } = found
  const last = found.last ?? ahead
  const where = `of "${step}" on ${JSON.stringify(storage)}`
  const began = last && parseSetName(last.name)
  if (last === undefined || began === undefined) return nothingGood(found, where)
  const ageMs = now.getTime() - began.getTime()
  const facts = [
    {
      label: `${step} on ${storage} age`,
      value: Math.round(ageMs / 1000),
      unit: 's',
      ...(warnMs !== undefined && { warn: String(Math.round(warnMs / 1000)) }),
      ...(failMs !== undefined && { fail: String(Math.round(failMs / 1000)) }),
    },
    { label: `${step} on ${storage} size`, value: Number(last.bytes), unit: 'B' },
    { label: `${step} on ${storage} sets`, value: published.filter(isWhole).length, unit: '' },
  ]
  if (trouble !== undefined)
    return { status: 'fail', reason: `${trouble}, ${where}`, hint: '"verify" reports all its errors. Run the task again.', facts }
  const reason = `the last set ${where} is ${formatDuration(ageMs)} old`
  const exceeded = [failMs, warnMs].find((limit) => limit !== undefined && ageMs > limit)
  if (exceeded === undefined && ahead !== undefined) {
    const hint = 'Correct the clock of this host; or, if that set has a wrong date, remove it.'
    return { status: 'warn', reason: `the last set ${where} is dated in the future: ${ahead.name}`, hint, facts }
  }
  if (exceeded === undefined && doubt !== undefined)
    return { status: 'warn', reason: `${doubt}, ${where}`, hint: 'See "log" for the reason. Accept a suspicious set with "accept".', facts }
  if (exceeded === undefined) return { status: 'ok', reason, facts }
  return {
    status: exceeded === failMs ? 'fail' : 'warn',
    reason: `${reason}, more than ${formatDuration(exceeded)}`,
    hint: 'See "runs" and "log" for the last runs of the task.',
    facts,
  }
}

/**
 * Problems of a published set that a listing shows: an unreadable manifest, a missing object or one with another size. Undefined if there are none.
 * The contents of objects are not read; `verify` does that. Sets without a manifest, and those of a later version, cannot be checked in this way.
 * Rejects if the storage cannot be reached.
 */
async function troubleWithSet(sets: SetStore, set: SetSummary, call: OperationContext): Promise<string | undefined> {
  // That all objects of a complete set are stored was just listed.
  if (!isDamaged(set) && set.isUnreadable !== true) return undefined
  try {
    const missing = await missingObjects(sets, set.name, call)
    return missing.length === 0 ? undefined : firstOf(missing)
  } catch (error) {
    if (systemCode(error) === 'backup/damaged') return messageOf(error)
    throw error
  }
}
