import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { previewTask, type SetPreview, type StepPreview } from '../../app/preview/preview.ts'
import type { CopyDecision } from '../../backup/copy/decide-copies.ts'
import { printable } from '../../lib/format.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { renderRotation } from '../../run/describe/describe-event.ts'
import type { Paint } from '../../run/describe/paint.ts'
import { plainRotation } from '../../run/event-json.ts'
import type { CliHost } from '../cli-host.ts'
import { paintFor } from '../terminal/paint.ts'

/** `run --dry-run`: changes nothing. Exits with 1 if a failure is expected. */
export async function dryRun(
  { plan, task, json }: { readonly plan: Plan; readonly task: Task; readonly json: boolean },
  host: CliHost,
): Promise<Exit> {
  const { steps, warnings } = await previewTask(plan, task, host)
  const paint = paintFor(host.stdout, host.env)
  for (const step of steps) host.stdout.write(json ? renderJson(step) : renderStep(step, paint))
  if (json && warnings.length > 0) host.stdout.write(`${JSON.stringify({ kind: 'notifications-foreseen', task: task.name, warnings })}\n`)
  if (!json) for (const warning of warnings) host.stdout.write(`${paint.notice('warning:')} ${warning}\n`)
  return exitWith(steps.every(({ problems }) => problems.length === 0) ? 'ok' : 'failed')
}

function renderStep({ task, index, steps, text, backup, copy, problems, warnings = [] }: StepPreview, paint: Paint): string {
  const lines = [`${printable(task)}: would run step ${index + 1} of ${steps}: ${text}`]
  if (backup !== undefined) lines.push(...describeSet(backup))
  if (copy !== undefined) lines.push(...describeCopy(copy))
  for (const warning of warnings) lines.push(`  ${paint.notice('warning:')} ${warning}`)
  for (const problem of problems) lines.push(`  ${paint.error('would fail:')} ${problem}`)
  return `${lines.join('\n')}\n`
}

function describeSet({ set, objects, places }: SetPreview): readonly string[] {
  return [
    ...(set === undefined ? [] : [`  new set ${set} on ${places.map(({ storage }) => storage).join(' and ')}, with`]),
    ...objects.flatMap(({ path, pipeline, details = [] }) => [`    ${printable(path)}: ${pipeline}`, ...details.map((it) => `      ${it}`)]),
    ...places.flatMap(({ storage, rotation }) =>
      rotation === undefined ? [] : renderRotation(rotation).map((line) => `  ${places.length > 1 ? `${storage}: ` : ''}${line}`),
    ),
  ]
}

function describeCopy({ copy, again, unwanted, refused, damaged, isEmpty }: CopyDecision): readonly string[] {
  const leave = [...refused, ...unwanted]
  if (isEmpty) return ['  no sets to copy']
  if (damaged.length + copy.length + leave.length === 0) return ['  up to date']
  return [
    ...copy.map((name) => `  copy ${name}${again.includes(name) ? ' again: damaged on the target' : ''}`),
    ...leave.map(({ name, reason }) => `  skip ${name}: ${reason}`),
  ]
}

function renderJson({ backup, ...step }: StepPreview): string {
  const places = backup?.places.map(({ rotation, ...it }) => ({ ...it, ...(rotation && { rotation: plainRotation(rotation) }) }))
  const plain = backup && { ...backup, places }
  return `${JSON.stringify({ kind: 'step-foreseen', ...step, ...(plain && { backup: plain }) })}\n`
}
