import { messageOf } from '../../lib/errors.ts'
import { counted, formatBytes, formatDuration, oneLine, printable } from '../../lib/format.ts'
import { maskSecrets } from '../../lib/secrets.ts'
import type { FailureLocation, RunResult } from '../../run/run-result.ts'
import type { Message } from '../message.ts'
import type { NoticeEvent } from './decide-notice.ts'
import { isGood, type RunStory } from './run-story.ts'

const TAIL_LINES = 30
const SUBJECT_CHARS = 180

/** The message about the end of a run: what, where, why, and what to do. */
export function renderRunMessage(story: RunStory, event: NoticeEvent): Message {
  const { host, config, result, progress } = story
  const { runId, task, status, began, ended } = result
  const hide = (text: string) => story.redactor.hide(text)
  // Before the texts are made printable on one line, and again afterwards.
  const notes = result.notes.map((note) => oneLine(hide(note)))
  const error = result.error && oneLine(hide(messageOf(result.error)))
  const { hint } = story.cause
  const stderr = story.cause.stderr && tailOf(hide(story.cause.stderr))
  const subject = hide(shorten(`${host}: task "${printable(task)}" ${subjectEnd(result, event, error)}`))
  const text = hide(`${renderText(story, { error, stderr, event, notes }).join('\n')}\n`)
  const durationMs = ended.getTime() - began.getTime()
  return {
    kind: 'run',
    subject,
    text,
    data: {
      kind: 'run',
      event,
      subject,
      text,
      host,
      config,
      task,
      run: runId,
      status,
      began: began.toISOString(),
      ended: ended.toISOString(),
      durationMs,
      ...(result.error && { error: { code: result.error.code, message: error, ...(hint !== undefined && { hint }), ...(stderr && { stderr }) } }),
      ...(result.failedAt && { failedAt: { ...result.failedAt, text: hide(result.failedAt.text) } }),
      ...(result.signal && { signal: result.signal }),
      notes,
      published: progress.published,
      expired: progress.expired,
      objects: progress.madeInAll,
    },
    fields: {
      subject,
      text,
      summary: hide(summarize(story, { error, event })),
      kind: 'run',
      host,
      task,
      status,
      event,
      run: runId,
      error: error ?? '',
      hint: hint ?? '',
      duration: formatDuration(durationMs),
      began: began.toISOString(),
      ended: ended.toISOString(),
    },
    outcome: isGood(result) ? 'good' : 'bad',
  }
}

/** The message about the beginning of a run, for monitoring services that wait for pings. */
export function renderBeginning({
  host,
  task,
  runId,
  began,
}: {
  readonly host: string
  readonly task: string
  readonly runId: string
  readonly began: Date
}): Message {
  const subject = `${host}: task "${printable(task)}" has begun`
  const text = `${subject}\nrun ${runId}\n`
  const facts = { kind: 'run', event: 'began', subject, text, host, task, run: runId, began: began.toISOString() } as const
  return { kind: 'run', subject, text, data: facts, fields: { ...facts, summary: text }, outcome: 'began' }
}

const ENDS = { locked: 'did not run: it is already running', partial: 'partially succeeded', interrupted: 'was stopped' } as const

function subjectEnd({ status, failedAt, signal, notes }: RunResult, event: NoticeEvent, error = 'unknown'): string {
  const again = event === 'reminder' ? 'still ' : ''
  switch (status) {
    case 'ok':
      return event === 'recovery' ? 'recovered' : 'succeeded'
    case 'warnings':
      return `${event === 'recovery' ? 'recovered' : 'succeeded'}, with ${counted(notes.length, 'note')}`
    case 'failed':
      return `${again === '' ? 'failed' : 'still fails'}${failedAt?.object === undefined ? '' : ` at "${printable(failedAt.object)}"`}: ${error}`
    case 'interrupted':
      return `${ENDS[status]}${signal === undefined ? '' : ` by ${signal}`}`
    case 'locked':
    case 'partial':
      return `${again}${ENDS[status]}`
    default:
      return status satisfies never
  }
}

const SUMMARY_ERROR_CHARS = 400

/** A few lines, for services that accept no long texts. */
function summarize({ result, progress, cause }: RunStory, { error, event }: Pick<MessageFacts, 'error' | 'event'>): string {
  const { runId, failedAt, notes } = result
  const short = (text: string) => (text.length <= SUMMARY_ERROR_CHARS ? text : `${text.slice(0, SUMMARY_ERROR_CHARS - 1)}…`)
  return [
    ...(error === undefined ? [event === 'recovery' ? 'Succeeded, after previous failures.' : 'Succeeded.'] : [short(error)]),
    ...(failedAt === undefined ? [] : [`Where: ${short(describePlace(failedAt, error))}`]),
    ...(cause.hint === undefined ? [] : [`Fix: ${short(cause.hint)}`]),
    ...(progress.published.length === 0 ? [] : [`${counted(progress.published.length, 'set')} published.`]),
    ...(notes.length === 0 ? [] : [`${counted(notes.length, 'note')}.`]),
    `For details, run "holdfast show ${runId}".`,
    '',
  ].join('\n')
}

interface MessageFacts {
  readonly error: string | undefined
  readonly stderr: string | undefined
  readonly event: NoticeEvent
  readonly notes: readonly string[]
}

function renderText({ host, config, result, progress, cause }: RunStory, { error, stderr, event, notes }: MessageFacts): readonly string[] {
  const { runId, began, ended, failedAt } = result
  return [
    ...(error === undefined ? [] : [`error:  ${error}`]),
    ...(failedAt === undefined ? [] : [`where:  ${describePlace(failedAt, error)}`]),
    ...(cause.hint === undefined ? [] : [`fix:    ${cause.hint}`]),
    ...(error === undefined && event === 'recovery' ? ['result: succeeded, after previous failures'] : []),
    ...(error === undefined && event !== 'recovery' ? ['result: succeeded'] : []),
    `host:   ${host}`,
    `run:    ${runId}, began ${moment(began)} UTC, took ${formatDuration(ended.getTime() - began.getTime())}`,
    `config: ${printable(config)}`,
    ...progress.published.map(
      ({ set, storage, bytes, covers }) => `set:    ${set} on ${storage}, ${formatBytes(bytes)}${covers === undefined ? '' : `: ${covers}`}`,
    ),
    ...(result.storages ?? []).flatMap(({ storage, set, status, message = 'unknown' }) =>
      status === 'failed' ? [`failed: ${set} on ${storage}: ${oneLine(message)}`] : [],
    ),
    ...(progress.expired === 0 ? [] : [`        ${counted(progress.expired, 'older set')} expired`]),
    ...(!isGood(result) && progress.published.length === 0 && progress.madeInAll > 0 ? ['set:    none was published'] : []),
    ...notes.map((note) => `note:   ${note}`),
    ...(stderr === undefined || stderr === '' ? [] : ['', 'Last output of the failed program:', ...stderr.split('\n').map((line) => `    ${line}`)]),
    '',
    `For details, run "holdfast show ${runId}" on that host.`,
  ]
}

function describePlace({ task, index, steps, text, object }: FailureLocation, error = ''): string {
  const step = `task "${printable(task)}", step ${index + 1} of ${steps}`
  if (object !== undefined) return `${step}, object "${printable(object)}"`
  return error.includes(text) ? step : `${step}: ${text}`
}

/** The last lines, with probable secrets masked, because the message may be sent to other hosts. */
function tailOf(stderr: string): string {
  const lines = stderr.trimEnd().split('\n').slice(-TAIL_LINES)
  return lines.map((line) => maskSecrets(['', printable(line.replace(/\r$/u, '').replaceAll('\t', '  '))])[1] ?? '').join('\n')
}

function shorten(text: string): string {
  return text.length <= SUBJECT_CHARS ? text : `${text.slice(0, SUBJECT_CHARS - 1)}…`
}

function moment(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}
