import { printable } from '../lib/format.ts'
import type { Plan, Task } from '../plan/plan.ts'
import { type Exit, exitWith } from './exit.ts'
import { type ForeseenSet, type ForeseenStep, foreseeTask } from './foresee.ts'
import { plainRotation } from './json-event.ts'
import { type Paint, paintFor } from './paint.ts'
import { renderRotation } from './print-event.ts'
import type { World } from './world.ts'

/** `run --dry-run`: changes nothing. Ends with 1 when something would fail that can be foreseen. */
export async function dryRun(
  { plan, task, json }: { readonly plan: Plan; readonly task: Task; readonly json: boolean },
  world: World,
): Promise<Exit> {
  const steps = await foreseeTask(plan, task, world)
  const paint = paintFor(world.stdout, world.env)
  for (const step of steps) world.stdout.write(json ? renderJson(step) : renderStep(step, paint))
  return exitWith(steps.every(({ problems }) => problems.length === 0) ? 'ok' : 'failed')
}

function renderStep({ task, index, steps, text, backup, problems }: ForeseenStep, paint: Paint): string {
  const lines = [`${printable(task)}: step ${index + 1} of ${steps} would be: ${text}`]
  if (backup !== undefined) lines.push(...describeSet(backup))
  for (const problem of problems) lines.push(`  ${paint.error('would fail:')} ${problem}`)
  return `${lines.join('\n')}\n`
}

function describeSet({ set, storage, objects, rotation }: ForeseenSet): readonly string[] {
  return [
    ...(set === undefined ? [] : [`  new set ${set} on ${storage}, with`]),
    ...objects.map(({ path, pipeline }) => `    ${printable(path)}: ${pipeline}`),
    ...(rotation === undefined ? [] : renderRotation(rotation).map((line) => `  ${line}`)),
  ]
}

function renderJson({ backup, ...step }: ForeseenStep): string {
  const plain = backup && { ...backup, ...(backup.rotation && { rotation: plainRotation(backup.rotation) }) }
  return `${JSON.stringify({ kind: 'step-foreseen', ...step, ...(plain && { backup: plain }) })}\n`
}
