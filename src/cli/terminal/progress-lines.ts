import { counted, formatBytes, formatDuration, printable } from '../../lib/format.ts'
import type { ObjectProgress, RunProgress, StepProgress } from '../../run/fold-events.ts'

/** The state of the view at one moment. */
export interface Progress extends Pick<RunProgress, 'steps' | 'inner' | 'objects' | 'made' | 'wanted' | 'isDrill'> {
  /** Below the objects, instead of the number of finished ones. */
  readonly footer?: string
}

const MAX_STEPS = 8
// In longer lines, the figures are hard to relate to the names.
const MAX_WIDTH = 140

/** The view as lines shorter than `columns`: the steps, and the objects below the current one. Pure. */
export function renderProgress(progress: Progress, { nowMs, columns }: { readonly nowMs: number; readonly columns: number }): readonly string[] {
  const width = Math.min(MAX_WIDTH, Math.max(20, columns - 1))
  const details = [...(progress.inner === undefined ? [] : [`      ${printable(progress.inner)}`]), ...objectLines(progress, nowMs, width)]
  return stepsShown(progress.steps)
    .flatMap((step) => (step.state === 'running' ? [stepLine(step, nowMs, width), ...details] : [stepLine(step, nowMs, width)]))
    .map((line) => clip(line, width))
}

/** If there are many steps, those around the current one. */
function stepsShown(steps: readonly StepProgress[]): readonly StepProgress[] {
  if (steps.length <= MAX_STEPS) return steps
  const running = Math.max(
    0,
    steps.findIndex(({ state }) => state === 'running'),
  )
  const from = Math.min(Math.max(0, running - 2), steps.length - MAX_STEPS)
  return steps.slice(from, from + MAX_STEPS)
}

const SIGNS = { waiting: ' ', running: '>', done: '+', failed: '!' } as const

function stepLine({ text, state, beganMs, endedMs }: StepProgress, nowMs: number, width: number): string {
  const took = beganMs === undefined ? '' : formatDuration((endedMs ?? nowMs) - beganMs)
  return `${SIGNS[state]} ${column(printable(text), width - 14)}  ${took.padStart(9)}`
}

function objectLines({ objects, made, wanted, isDrill, footer }: Progress, nowMs: number, width: number): readonly string[] {
  if (wanted === 0) return []
  return [
    ...objects.map((object) => objectLine(object, nowMs, width)),
    `    ${footer ?? `${made} of ${counted(wanted, 'object')} ${isDrill ? 'drilled' : 'made'}`}`,
  ]
}

const BAR_FROM = 100

function objectLine(object: ObjectProgress, nowMs: number, width: number): string {
  const elapsedMs = Math.max(1, nowMs - object.beganMs)
  const rate = (object.bytes / elapsedMs) * 1000
  const figures = `${formatBytes(object.bytes).padStart(8)}  ${`${formatBytes(Math.round(rate))}/s`.padStart(10)}  ${clock(elapsedMs).padStart(7)}`
  const end = expectedEnd(object, rate)
  const bar = width >= BAR_FROM && end.share !== undefined ? `  ${barOf(end.share)}` : ''
  const tail = `  ${figures}${bar}  ${end.text.padEnd(16)}`
  return `    ${column(nameOf(object, width - 4 - tail.length), width - 4 - tail.length)}${tail}`
}

/** Its path, the storage that is behind, and the slowest of several stages if there is room for it. */
function nameOf({ path, storage, pipeline }: ObjectProgress, width: number): string {
  const name = printable(storage === undefined ? path : `${path} to ${storage}`)
  const slowest = pipeline && slowestIn(pipeline)
  const whole = slowest === undefined ? name : `${name}, slowest: ${printable(slowest)}`
  return [...whole].length <= width ? whole : name
}

function slowestIn({ stages, slowest }: NonNullable<ObjectProgress['pipeline']>): string | undefined {
  if (slowest === undefined) return undefined
  if (slowest >= stages.length) return 'the storage'
  return stages.length > 1 ? stages[slowest]?.program : undefined
}

/** The progress, and the remaining time if the size is the same as last time. */
function expectedEnd({ bytes, expectedBytes }: ObjectProgress, rate: number): { readonly text: string; readonly share?: number } {
  if (expectedBytes === undefined || expectedBytes === 0) return { text: '' }
  if (bytes >= expectedBytes) return { text: bytes > expectedBytes ? 'past last size' : '100%', share: 1 }
  const share = bytes / expectedBytes
  const text = rate > 0 ? `${Math.floor(share * 100)}% ${clock(((expectedBytes - bytes) / rate) * 1000)} left` : `${Math.floor(share * 100)}%`
  return { text, share }
}

const BAR_WIDTH = 20

function barOf(share: number): string {
  const full = Math.round(share * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`
}

/** `0:07`, `12:05`, `3:04:05`. */
function clock(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes}:${two(seconds % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** Padded to this width, or shortened with "~" in the middle, where names differ least. */
function column(text: string, width: number): string {
  const wide = Math.max(8, width)
  const chars = [...text]
  if (chars.length <= wide) return text + ' '.repeat(wide - chars.length)
  const head = Math.ceil((wide - 1) / 2)
  return `${chars.slice(0, head).join('')}~${chars.slice(chars.length - (wide - 1 - head)).join('')}`
}

function clip(line: string, width: number): string {
  return [...line.trimEnd()].slice(0, width).join('')
}
