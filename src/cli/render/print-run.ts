import type { RecordedObject, RecordedSet, RecordedStage, RecordedStep, RunRecord } from '../../journal/run-record.ts'
import { formatBytes, formatDuration, printable } from '../../lib/format.ts'
import type { Paint } from '../../run/describe/paint.ts'
import { quoteTail } from '../../run/describe/render-failure.ts'
import { formatMoment, paintState } from './print-runs.ts'

interface Style {
  readonly paint: Paint
  readonly isVerbose: boolean
}

/** Everything that the journal contains about one run. Verbose: including successful processes and their output. */
export function renderRun(run: RunRecord, style: Style): readonly string[] {
  const { id, task, began, host, pid, startedBy, user, config, dialect, tool, notes, steps, sets } = run
  return [
    `run ${id} of the task "${printable(task)}": ${paintState(describeEnd(run), run.state, style.paint)}`,
    `  began ${formatMoment(began)} UTC on ${printable(host)}, process ${pid}, started by: ${user === undefined ? startedBy : `${printable(user)} (${startedBy})`}`,
    `  ${printable(config)} (${dialect}), ${tool}`,
    ...renderError(run, style.paint),
    ...notes.map((note) => `${style.paint.notice('note:')} ${printable(note)}`),
    ...steps.flatMap((step) => renderStep(step, { ...style, sets: sets.filter((set) => set.step === step.number) })),
  ]
}

function describeEnd({ state, began, ended, exitCode, signal }: RunRecord): string {
  if (ended === undefined) return state
  const how = signal === undefined ? `exit code ${exitCode}` : signal
  return `${state} (${how}) after ${formatDuration(ended.getTime() - began.getTime())}`
}

function renderError({ error }: RunRecord, paint: Paint): readonly string[] {
  if (error === undefined) return []
  const { message, hint, stderr } = error
  return [
    `${paint.error('error:')} ${printable(message)}`,
    ...(hint === undefined ? [] : [`  ${paint.notice('hint:')} ${hint}`]),
    ...(stderr === undefined ? [] : quoteTail(stderr, paint)),
  ]
}

function renderStep(step: RecordedStep, style: Style & { readonly sets: readonly RecordedSet[] }): readonly string[] {
  const { number, task, text, stages, objects } = step
  return [
    `step ${number}, ${printable(task)}: ${text}: ${describeStatus(step, style.paint)}`,
    ...renderStages(stages, style, style.isVerbose),
    ...objects.flatMap((object) => renderObject(object, style)),
    ...style.sets.map((set) => renderSet(set, style.paint)),
  ]
}

function renderSet({ fate, set, storage, bytes, reason }: RecordedSet, paint: Paint): string {
  if (fate === 'failed') return `  ${paint.error('failed')} on ${storage}: ${printable(reason ?? '')}`
  if (fate === 'stopped') return `  not stored on ${storage}, because of another failure`
  return `  ${fate} ${set} on ${storage}${bytes === undefined ? '' : `: ${formatBytes(bytes)}`}`
}

function renderObject(object: RecordedObject, style: Style): readonly string[] {
  const { path, bytes, sha256, covers, status, stages } = object
  const kept = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
  return [
    `  "${printable(path)}": ${describeStatus(object, style.paint)}${kept}`,
    ...(covers === undefined ? [] : [`    ${printable(covers)}`]),
    ...(style.isVerbose && sha256 !== undefined ? [`    sha256 ${sha256}`] : []),
    ...renderStages(stages, style, style.isVerbose || status === 'failed').map((line) => `  ${line}`),
  ]
}

function describeStatus({ status, durationMs }: RecordedStep | RecordedObject, paint: Paint): string {
  const took = durationMs === undefined ? '' : `, ${formatDuration(durationMs)}`
  if (status === 'ok') return `ok${took}`
  return `${paint.error(status ?? 'did not finish')}${took}`
}

function renderStages(stages: readonly RecordedStage[], { paint, isVerbose }: Style, isShown: boolean): readonly string[] {
  if (!isShown) return []
  return stages.flatMap(({ program, execId, exitCode, signal, durationMs, stderr }) => {
    const how = signal ?? (exitCode === undefined ? 'did not finish' : `exit code ${exitCode}`)
    const line = `  ${printable(execId === undefined ? program : `${execId} (${program})`)}: ${how}, ${formatDuration(durationMs)}`
    return isVerbose && stderr.trim() !== '' ? [line, ...quoteTail(stderr, paint).map((it) => `  ${it}`)] : [line]
  })
}
