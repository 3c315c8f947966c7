import { formatDuration } from '../../lib/format.ts'
import type { Step } from '../../plan/plan.ts'
import type { RunEvent } from '../../run/events.ts'
import type { RunResult, StepLocation } from '../../run/run-result.ts'
import { fileRecords } from './file-records.ts'
import { type LineSplitter, openLineSplitter } from './line-splitter.ts'
import { type LogLevel, type LogRecord, ROOT } from './log-record.ts'
import type { LogTexts } from './log-texts.ts'
import { setRecords } from './set-records.ts'

/** Converts the events of one run to log entries. Keeps the current steps, and incomplete lines. */
export interface Records {
  of(event: RunEvent): readonly LogRecord[]
}

export interface RecordsDeps {
  readonly texts: LogTexts
  /** All stderr output of a program is logged as an error. */
  readonly stderrIsError: boolean
  /** The logger of decisions about single files, after the name of the step. */
  readonly fileLogger: string
  kindOf(place: Pick<StepLocation, 'task' | 'index'>): Step['kind'] | undefined
}

interface OpenStep {
  readonly task: string
  readonly index: number
  readonly logger: string
  /** By stream and program. */
  readonly lines: Map<string, LineSplitter>
  /** The stderr of its programs is logged as errors. */
  hasReportedError: boolean
}

interface State extends RecordsDeps {
  readonly open: OpenStep[]
  /** Number of characters of programs' output that can still be logged. */
  outputLeft: number
  /** The last failure, if nothing has begun since: the enclosing step fails with the same error. */
  failed?: string
}

const MOST_OUTPUT = 256 * 1024 * 1024

export function openRecords(deps: RecordsDeps): Records {
  const state: State = { ...deps, open: [], outputLeft: MOST_OUTPUT }
  return { of: (event) => recordsOf(event, state) }
}

function recordsOf(event: RunEvent, state: State): readonly LogRecord[] {
  const { texts } = state
  const logger = state.open.at(-1)?.logger ?? ROOT
  switch (event.kind) {
    case 'run-began':
      return [root('INFO', texts.runBegan(event.task, event.steps.length, event.runId))]
    case 'step-began':
      return stepBegan(event, state)
    case 'step-ended':
      return stepEnded(event, state)
    case 'step-failed':
      return stepFailed(event, state)
    case 'run-ended':
      return runEnded(event.result, texts)
    case 'note':
      return [{ level: event.isError === true ? 'ERROR' : 'WARNING', logger, text: event.text }]
    case 'stdout':
    case 'stderr':
      return outputRecords(event, state)
    case 'check-ended':
      // Problems are logged as notes, or as the failure of the step.
      return [{ level: event.status === 'ok' ? 'INFO' : 'DEBUG', logger, text: texts.checkSaid(event.reason) }]
    case 'root-awaited':
    case 'set-began':
    case 'object-began':
    case 'object-progress':
    case 'object-ended':
    case 'object-failed':
    case 'set-published':
    case 'set-failed':
    case 'rotation-decided':
    case 'set-expired':
      return setRecords(event, texts).map((it) => ({ ...it, logger }))
    default:
      return fileRecords(event, state).map(({ suffix, ...it }) => ({ ...it, logger: `${logger === ROOT ? event.step : logger}${suffix ?? ''}` }))
  }
}

function root(level: LogLevel, text: string): LogRecord {
  return { level, logger: ROOT, text }
}

function stepBegan(place: StepLocation, state: State): readonly LogRecord[] {
  const { task, index, text, name, dry } = place
  const logger = name === undefined ? ROOT : `${name}${dry === true ? '_DRYRUN' : ''}`
  state.open.push({ task, index, logger, lines: new Map(), hasReportedError: false })
  delete state.failed
  const { texts } = state
  const what =
    state.kindOf(place) === 'exec'
      ? ({ level: 'INFO', text: texts.commandIs(text) } as const)
      : ({ level: 'DEBUG', text: texts.stepIs(text) } as const)
  return [root('INFO', texts.stepStarts(nameOf(place))), { ...what, logger }]
}

function nameOf({ name, text }: Pick<StepLocation, 'name' | 'text'>): string {
  return name ?? text
}

function stepEnded({ task, index, partial }: Extract<RunEvent, { kind: 'step-ended' }>, state: State): readonly LogRecord[] {
  const { step, rest } = closeStep({ task, index }, state)
  const name = step === undefined || step.logger === ROOT ? `${task}, ${index + 1}` : step.logger.replace(/_DRYRUN$/u, '')
  const { texts } = state
  return [...rest, partial ? root('ERROR', texts.stepDoneInPart(name)) : root('INFO', texts.stepDone(name))]
}

function stepFailed(event: Extract<RunEvent, { kind: 'step-failed' }>, state: State): readonly LogRecord[] {
  const { step, rest } = closeStep(event, state)
  const { stderr, message } = event
  const isEcho = state.failed === message
  state.failed = message
  const tail = stderr === undefined || isEcho || step?.hasReportedError === true ? [] : stderr.split('\n').filter((it) => it.trim() !== '')
  return [
    ...rest,
    ...tail.map((text): LogRecord => ({ level: 'ERROR', logger: step?.logger ?? ROOT, text })),
    root('ERROR', state.texts.stepFailed(nameOf(event), message)),
  ]
}

// A step may fail before it has begun: then it is not in the list.
function closeStep(
  { task, index }: Pick<StepLocation, 'task' | 'index'>,
  state: State,
): { readonly step?: OpenStep; readonly rest: readonly LogRecord[] } {
  const step = state.open.at(-1)
  if (step === undefined || step.task !== task || step.index !== index) return { rest: [] }
  state.open.pop()
  const rest = [...step.lines].flatMap(([key, lines]) =>
    lines.rest().map((text): LogRecord => ({ level: outputLevel(key, state), logger: step.logger, text })),
  )
  return { step, rest }
}

function outputLevel(key: string, { stderrIsError }: State): LogLevel {
  return key.startsWith('stderr') && stderrIsError ? 'ERROR' : 'INFO'
}

function outputRecords({ kind, stage, text, task }: Extract<RunEvent, { kind: 'stdout' | 'stderr' }>, state: State): readonly LogRecord[] {
  if (state.outputLeft < 0) return []
  state.outputLeft -= text.length
  if (state.outputLeft < 0) return [root('INFO', state.texts.tooMuchOutput())]
  const key = `${kind} ${task} ${stage}`
  const step = state.open.at(-1)
  const splitter = step?.lines.get(key) ?? openLineSplitter()
  step?.lines.set(key, splitter)
  const level = outputLevel(key, state)
  if (step && level === 'ERROR') step.hasReportedError = true
  return splitter.take(text).map((line) => ({ level, logger: step?.logger ?? ROOT, text: line }))
}

function runEnded({ status, error, signal, began, ended }: RunResult, texts: LogTexts): readonly LogRecord[] {
  const duration = formatDuration(ended.getTime() - began.getTime())
  const hint = error?.hint === undefined ? [] : [root('INFO', texts.hint(error.hint))]
  switch (status) {
    case 'ok':
    case 'warnings':
      return [root('INFO', texts.runDone(duration))]
    case 'partial':
      return [root('ERROR', texts.runDoneInPart(duration)), ...hint]
    case 'locked':
      return [root('ERROR', texts.runLocked(error?.message ?? '')), ...hint]
    case 'interrupted':
      return [root('ERROR', texts.runStopped(signal ?? error?.message ?? ''))]
    case 'failed':
      return [root('ERROR', texts.runFailed(error?.message ?? '')), ...hint]
    default:
      return status satisfies never
  }
}
