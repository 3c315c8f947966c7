import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { decideRotation, type Rotation } from '../backup/rotation.ts'
import { candidateNames, formatSetName } from '../backup/set-name.ts'
import { messageOf, systemCode } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { type Command, describeCommand } from '../plan/command.ts'
import { describeStep, describeStorage } from '../plan/describe-step.ts'
import type { BackupStep, LocalfsStorageSpec, Plan, Step, Task } from '../plan/plan.ts'
import { asAppError } from '../run/run-error.ts'
import { mountGuard } from '../storage/mount-guard.ts'
import { checkRequiredPlace } from '../storage/required-place.ts'
import { commandsOf, whyNotStartable } from './host-checks.ts'
import { stateFolder } from './state-folder.ts'
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
  readonly problems: readonly string[]
}

/** The set that a backup step would make. Name and rotation are absent where nothing is kept or the storage cannot be read. */
export interface ForeseenSet {
  readonly storage: string
  readonly objects: readonly { readonly path: string; readonly pipeline: string }[]
  readonly set?: string
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

async function foreseeStep(step: Step, world: World): Promise<Pick<ForeseenStep, 'backup' | 'problems'>> {
  const problems = [...new Set(commandsOf(step).map(whyNotStartable))].filter((why) => why !== undefined)
  if (step.kind !== 'backup') return { problems }
  const { place, ...sets } = await foreseeStorage(step, world)
  const objects = step.objects.map(({ path, stages }) => ({ path, pipeline: describePipeline(stages) }))
  return { backup: { storage: describeStorage(step.storage), objects, ...sets }, problems: [...problems, ...place] }
}

async function foreseeStorage(
  step: BackupStep,
  world: World,
): Promise<Pick<ForeseenSet, 'set' | 'rotation'> & { readonly place: readonly string[] }> {
  try {
    const { sets, close } = await openSetsToRead(step.storage)
    try {
      if (!sets.keeps) return { place: [] }
      // First, as it does not wait for ever where the root is a dead mount.
      const present = await sets.list({ signal: world.signals.stop })
      const place = step.storage.kind === 'localfs' ? await troubleWithRoot(step.storage, world) : []
      const now = world.clock()
      const names = present.map(({ name }) => name)
      const set = candidateNames(now, names)[0] ?? formatSetName(now)
      const newest = present.findLast(({ state }) => state !== 'unfinished')
      const rotation = decideRotation([...present, { name: set, state: 'complete', bytes: newest?.bytes ?? 0n }], step.keep, set)
      return { set, rotation, place }
    } finally {
      await close()
    }
  } catch (error) {
    return { place: [messageOf(asAppError(error))] }
  }
}

async function troubleWithRoot(spec: LocalfsStorageSpec, { env, uid }: World): Promise<readonly string[]> {
  const { root } = spec
  const guard = mountGuard(resolve(root), { stateFolder: stateFolder(env, uid), note: () => undefined })
  const mount = await guard.check().then(() => undefined, messageOf)
  const required = await checkRequiredPlace(resolve(root), spec).then(() => undefined, messageOf)
  const found = [mount, required, await whyNotWritable(resolve(root))]
  return found.filter((why) => why !== undefined)
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
    return `cannot write to "${printable(folder)}": ${code ?? messageOf(error)}`
  }
}

function describePipeline(stages: readonly Command[]): string {
  return stages.length === 0 ? 'nothing (an empty file)' : stages.map(describeCommand).join(' | ')
}
