import { hostname } from 'node:os'
import { type CopyDecision, decideCopies } from '../../backup/copy/decide-copies.ts'
import { decideRotation, type RotationPolicy } from '../../backup/keep/decide-rotation.ts'
import type { Rotation } from '../../backup/set/events.ts'
import { candidateNames, formatSetName } from '../../backup/set/set-name.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'
import { isWhole } from '../../backup/set/standing.ts'
import { messageOf } from '../../lib/errors.ts'
import { type Command, describeCommand } from '../../plan/command.ts'
import type { BackupTarget, CopyStep, Plan, Step, StorageSpec, Task } from '../../plan/plan.ts'
import { describeStep, describeStorage } from '../../plan/steps/describe-step.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import { asAppError } from '../../run/run-error.ts'
import { hostPolicy } from '../../run/steps/backup.ts'
import { takesLegacy } from '../../run/steps/copy.ts'
import type { Host } from '../host/host.ts'
import { openHostProcesses, openSetsToRead } from '../host/wire.ts'
import { checkNotifiers } from './check-plan.ts'
import { checkStep, type StepCheckDeps } from './check-step.ts'
import type { Finding } from './finding.ts'
import { type ReadTarget, readTarget } from './read-target.ts'

/** What one step of a run would do, and why it would fail. Determined without changing anything. */
export interface StepPreview {
  readonly task: string
  /** Counted from 0. */
  readonly index: number
  readonly steps: number
  readonly text: string
  readonly backup?: SetPreview
  readonly copy?: CopyDecision
  readonly problems: readonly string[]
  /** What would be missing in the set although the run succeeds. */
  readonly warnings?: readonly string[]
}

/** The set that a backup step would make. Name and rotation are absent if nothing is stored or the storage cannot be read. */
export interface SetPreview {
  readonly set?: string
  readonly objects: readonly { readonly path: string; readonly pipeline: string; readonly details?: readonly string[] }[]
  readonly places: readonly StoragePreview[]
}

export interface StoragePreview {
  readonly storage: string
  /** The sets that would expire if the new set were as large as the newest existing one. */
  readonly rotation?: Rotation
}

export interface TaskPreview {
  /** Every step that would be executed if nothing failed, including those of tasks inside it, in order. */
  readonly steps: readonly StepPreview[]
  /** Why notifications of the run could not be sent. */
  readonly warnings: readonly string[]
}

/** What a run of the task would do. */
export async function previewTask(plan: Plan, task: Task, host: Host): Promise<TaskPreview> {
  const processes = openHostProcesses(host)
  try {
    const notifiers = await checkNotifiers(
      (task.notify ?? []).map(({ to }) => to),
      { host, processes },
    )
    return { steps: await previewSteps(task, { plan, host, processes }), warnings: notifiers.map(({ message }) => message) }
  } finally {
    await processes.close()
  }
}

async function previewSteps(task: Task, deps: StepCheckDeps): Promise<readonly StepPreview[]> {
  const previews: StepPreview[] = []
  for (const [index, step] of task.steps.entries()) {
    previews.push({ task: task.name, index, steps: task.steps.length, text: describeStep(step), ...(await previewStep(step, deps)) })
    const inner = step.kind === 'task' ? deps.plan.tasks.get(step.task) : undefined
    if (inner !== undefined) previews.push(...(await previewSteps(inner, deps)))
  }
  return previews
}

type StepFindings = Pick<StepPreview, 'backup' | 'copy' | 'problems' | 'warnings'>

async function previewStep(step: Step, deps: StepCheckDeps): Promise<StepFindings> {
  const { host } = deps
  const { findings, sources } = await checkStep(step, deps)
  const messages = (severity: Finding['severity']) => findings.flatMap((it) => (it.severity === severity ? [it.message] : []))
  const [problems, warnings] = [messages('error'), messages('warning')]
  if (step.kind === 'copy') return previewCopy(step, host)
  if (step.kind !== 'backup') return { problems, ...(warnings.length > 0 && { warnings }) }
  const objects = sources.map(({ object: { path, stages }, details }) => ({
    path,
    pipeline: describePipeline(stages),
    ...(details.length > 0 && { details }),
  }))
  const { set, places } = await previewPlaces(step.targets, host)
  const troubles = places.flatMap((it) => it.problems)
  const destinations = places.map(({ storage, rotation }) => ({ storage, ...(rotation && { rotation }) }))
  return {
    backup: { ...(set !== undefined && { set }), objects, places: destinations },
    problems: [...new Set([...problems, ...troubles])],
    ...(warnings.length > 0 && { warnings }),
  }
}

/** The name of the new set on all storages, and its effect on each of them. */
async function previewPlaces(targets: readonly BackupTarget[], host: Host) {
  const seen: ReadTarget[] = []
  for (const target of targets) seen.push(await readTarget(target, host))
  const present = seen.flatMap((it) => it.present ?? [])
  const now = host.clock()
  const names = present.map(({ name }) => name)
  const isExtended = targets.some(({ storage }) => storage.kind !== 'null' && storage.completeWhen === 'folder')
  const form = isExtended ? 'extended' : 'basic'
  const set = seen.some((it) => it.present) ? (candidateNames(now, names, form)[0] ?? formatSetName(now, form)) : undefined
  const places = seen.map((it) => ({
    storage: describeStorage(it.target.storage),
    problems: it.problems,
    ...(it.present &&
      set !== undefined && {
        rotation: previewRotation(it.present, { ...hostPolicy(it.target, { name: hostname(), id: hostKey() }), ...it.protection }, set),
      }),
  }))
  return { set, places }
}

function previewRotation(present: readonly SetSummary[], keep: RotationPolicy, set: string): Rotation {
  const newest = present.findLast(isWhole)
  return decideRotation([...present, { name: set, state: 'complete', bytes: newest?.bytes ?? 0n }], keep, set)
}

function describePipeline(stages: readonly Command[]): string {
  return stages.length === 0 ? 'none (an empty file)' : stages.map(describeCommand).join(' | ')
}

/** The sets that would be copied in the current state of both storages, and why copying would fail. */
async function previewCopy(step: CopyStep, host: Host): Promise<{ readonly copy?: CopyDecision; readonly problems: readonly string[] }> {
  try {
    const [from, to] = [await setsOn(step.from.storage, host), await setsOn(step.to.storage, host)]
    const copy = decideCopies(from, to, { newest: step.newest, keep: step.to.keep, takesLegacy: takesLegacy(step) })
    // An earlier step may make the first set.
    return { copy, problems: copy.damaged.map((name) => `the set "${name}" in ${describeStorage(step.from.storage)} is damaged`) }
  } catch (error) {
    return { problems: [messageOf(asAppError(error))] }
  }
}

async function setsOn(storage: StorageSpec, host: Host): Promise<readonly SetSummary[]> {
  const { sets, close } = await openSetsToRead(storage, host)
  try {
    return await sets.list({ signal: host.signals.stop })
  } finally {
    await close()
  }
}
