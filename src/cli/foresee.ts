import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { CopyDecision } from '../backup/decide-copies.ts'
import { decideRotation, type Rotation } from '../backup/rotation.ts'
import { candidateNames, formatSetName } from '../backup/set-name.ts'
import type { SetSummary } from '../backup/set-store.ts'
import { messageOf, systemCode } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { type Command, describeCommand } from '../plan/command.ts'
import { describeStep, describeStorage } from '../plan/describe-step.ts'
import type { BackupTarget, KeepPolicy, LocalfsStorageSpec, Plan, Step, Task } from '../plan/plan.ts'
import { asAppError } from '../run/run-error.ts'
import { checkFreeSpace } from '../storage/required-place.ts'
import { foreseeCopy } from './foresee-copy.ts'
import { commandsOf, whyNotStartable } from './host-checks.ts'
import { openSetsToRead } from './wire.ts'
import type { World } from './world.ts'

/** What one step of a run would do, and what would keep it from doing it. Made without changing anything. */
export interface ForeseenStep {
  readonly task: string
  /** Counted from 0. */
  readonly index: number
  readonly steps: number
  readonly text: string
  readonly backup?: ForeseenSet
  readonly copy?: CopyDecision
  readonly problems: readonly string[]
}

/** The set that a backup step would make. Name and rotation are absent where nothing is kept or the storage cannot be read. */
export interface ForeseenSet {
  readonly set?: string
  readonly objects: readonly { readonly path: string; readonly pipeline: string }[]
  readonly places: readonly ForeseenPlace[]
}

export interface ForeseenPlace {
  readonly storage: string
  /** What would go, if the new set were as large as the newest present one. */
  readonly rotation?: Rotation
}

/** Every step that a run of the task would come to if nothing failed, those of tasks inside it too, in order. */
export async function foreseeTask(plan: Plan, task: Task, world: World): Promise<readonly ForeseenStep[]> {
  const foreseen: ForeseenStep[] = []
  for (const [index, step] of task.steps.entries()) {
    foreseen.push({ task: task.name, index, steps: task.steps.length, text: describeStep(step), ...(await foreseeStep(step, world)) })
    const inner = step.kind === 'task' ? plan.tasks.get(step.task) : undefined
    if (inner !== undefined) foreseen.push(...(await foreseeTask(plan, inner, world)))
  }
  return foreseen
}

async function foreseeStep(step: Step, world: World): Promise<Pick<ForeseenStep, 'backup' | 'copy' | 'problems'>> {
  const problems = [...new Set(commandsOf(step).map(whyNotStartable))].filter((why) => why !== undefined)
  if (step.kind === 'copy') return foreseeCopy(step, world)
  if (step.kind !== 'backup') return { problems }
  const objects = step.objects.map(({ path, stages }) => ({ path, pipeline: describePipeline(stages) }))
  const { set, places } = await foreseePlaces(step.targets, world)
  const troubles = places.flatMap((it) => it.problems)
  const told = places.map(({ storage, rotation }) => ({ storage, ...(rotation && { rotation }) }))
  return { backup: { ...(set !== undefined && { set }), objects, places: told }, problems: [...new Set([...problems, ...troubles])] }
}

interface SeenPlace {
  readonly target: BackupTarget
  /** Absent where nothing is kept or it cannot be read. */
  readonly present?: readonly SetSummary[]
  readonly problems: readonly string[]
}

/** The name that the set would get everywhere, and what it would do to each place. */
async function foreseePlaces(targets: readonly BackupTarget[], world: World) {
  const seen: SeenPlace[] = []
  for (const target of targets) seen.push(await lookAt(target, world))
  const present = seen.flatMap((it) => it.present ?? [])
  const now = world.clock()
  const names = present.map(({ name }) => name)
  const set = seen.some((it) => it.present) ? (candidateNames(now, names)[0] ?? formatSetName(now)) : undefined
  const places = seen.map((it) => ({
    storage: describeStorage(it.target.storage),
    problems: it.problems,
    ...(it.present && set !== undefined && { rotation: foreseeRotation(it.present, it.target.keep, set) }),
  }))
  return { set, places }
}

function foreseeRotation(present: readonly SetSummary[], keep: KeepPolicy, set: string): Rotation {
  const newest = present.findLast(({ state }) => state !== 'unfinished')
  return decideRotation([...present, { name: set, state: 'complete', bytes: newest?.bytes ?? 0n }], keep, set)
}

async function lookAt(target: BackupTarget, world: World): Promise<SeenPlace> {
  const { storage } = target
  try {
    const { sets, close } = await openSetsToRead(storage, world)
    try {
      if (!sets.keeps) return { target, problems: [] }
      // First, as it does not wait for ever where the root is a dead mount.
      const present = await sets.list({ signal: world.signals.stop })
      return { target, present, problems: storage.kind === 'localfs' ? await troubleWithRoot(storage) : [] }
    } finally {
      await close()
    }
  } catch (error) {
    return { target, problems: [messageOf(asAppError(error))] }
  }
}

async function troubleWithRoot(spec: LocalfsStorageSpec): Promise<readonly string[]> {
  const root = resolve(spec.root)
  const full = await checkFreeSpace(root, spec).then(() => undefined, messageOf)
  return [full, await whyNotWritable(root)].filter((why) => why !== undefined)
}

// The nearest folder above that is there decides: the others would be made in it.
async function whyNotWritable(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return `"${printable(folder)}" is not a folder`
    await access(folder, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' && folder !== '/') return whyNotWritable(dirname(folder))
    return `could not write to "${printable(folder)}": ${code ?? messageOf(error)}`
  }
}

function describePipeline(stages: readonly Command[]): string {
  return stages.length === 0 ? 'none (an empty file)' : stages.map(describeCommand).join(' | ')
}
