import { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { EVENTS_VERSION } from './event-json.ts'
import { EVENT_SCHEMAS } from './event-schema.ts'
import type { RunEvent } from './events.ts'

/** What a run of another process says about its failure. */
export class ReportedError extends AppError {
  readonly code: string
  /** What the program that failed said last. */
  readonly stderr: string | undefined

  constructor({
    code,
    message,
    hint,
    stderr,
  }: { readonly code: string; readonly message: string; readonly hint?: string; readonly stderr?: string }) {
    super(message, { hint })
    this.code = code
    this.stderr = stderr
  }
}

export type Decoded =
  | { readonly kind: 'event'; readonly at: Date; readonly event: RunEvent }
  /** Of a later version; the rest of the stream is of use. */
  | { readonly kind: 'unknown'; readonly at: Date; readonly name: string }
  /** No line of such a stream, or of a version that cannot be understood. */
  | { readonly kind: 'invalid'; readonly reason: string }

const HEAD = z.object({ time: z.iso.datetime(), kind: z.string(), version: z.number().optional() })

/** Reads a line that `encodeEvent` has written, of this version or of another one of Holdfast; never throws. The line may come from anywhere. */
export function decodeEvent(line: string): Decoded {
  const value = parsed(line)
  const head = HEAD.safeParse(value)
  if (!head.success) return { kind: 'invalid', reason: 'expected an object with "time" and "kind"' }
  const { time, kind, version = 0 } = head.data
  const at = new Date(time)
  if (!isKind(kind)) return { kind: 'unknown', at, name: kind }
  // Before the rest, which may have another shape then.
  if (kind === 'run-began' && version > EVENTS_VERSION)
    return { kind: 'invalid', reason: `the events have version ${version}, but this program supports version ${EVENTS_VERSION}` }
  const body = EVENT_SCHEMAS[kind].safeParse(value)
  if (!body.success) return { kind: 'invalid', reason: `${kind}: ${z.prettifyError(body.error).replaceAll(/\s+/gu, ' ')}` }
  const { version: _, ...fields } = body.data as { readonly version?: number }
  return { kind: 'event', at, event: eventOf(kind, fields) }
}

function eventOf(kind: RunEvent['kind'], fields: object): RunEvent {
  if (kind === 'run-ended') {
    const { error, ...result } = fields as z.infer<(typeof EVENT_SCHEMAS)['run-ended']>
    return { kind, result: { ...result, ...(error && { error: new ReportedError(withoutAbsent(error)) }) } } as RunEvent
  }
  // What a program said came as events of its own.
  const stages = 'stages' in fields && Array.isArray(fields.stages) ? { stages: fields.stages.map((it: object) => ({ ...it, stderrTail: '' })) } : {}
  return { kind, ...fields, ...stages } as RunEvent
}

function withoutAbsent(error: z.infer<(typeof EVENT_SCHEMAS)['run-ended']>['error'] & {}): ConstructorParameters<typeof ReportedError>[0] {
  const { hint, stderr, ...rest } = error
  return { ...rest, ...(hint !== undefined && { hint }), ...(stderr !== undefined && { stderr }) }
}

function isKind(kind: string): kind is RunEvent['kind'] {
  return Object.hasOwn(EVENT_SCHEMAS, kind)
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
