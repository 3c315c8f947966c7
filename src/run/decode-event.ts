import { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { parseJson } from '../lib/parse-json.ts'
import type { PipelineActivity } from '../process/stage-activity.ts'
import { EVENTS_VERSION } from './event-json.ts'
import { EVENT_SCHEMAS, PIPELINE_ACTIVITY } from './event-schema.ts'
import type { RunEvent } from './events.ts'

/** The failure of a run in another process. */
export class ReportedError extends AppError {
  readonly code: string
  /** The last output of the failed program. */
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
  /** Of a later version; the rest of the stream can be used. */
  | { readonly kind: 'unknown'; readonly at: Date; readonly name: string }
  /** Not a line of such a stream, or of an unsupported version. */
  | { readonly kind: 'invalid'; readonly reason: string }

const HEAD = z.object({ time: z.iso.datetime(), kind: z.string(), version: z.number().optional() })

/** Parses a line written by `encodeEvent` of this or another version of Holdfast; never throws. The line is untrusted. */
export function decodeEvent(line: string): Decoded {
  const value = parseJson(line)
  const head = HEAD.safeParse(value)
  if (!head.success) return { kind: 'invalid', reason: 'expected an object with "time" and "kind"' }
  const { time, kind, version = 0 } = head.data
  const at = new Date(time)
  if (!isKind(kind)) return { kind: 'unknown', at, name: kind }
  // Before the rest, which may have another structure in that version.
  if (kind === 'run-began' && version > EVENTS_VERSION)
    return { kind: 'invalid', reason: `the events have version ${version}, but this program supports version ${EVENTS_VERSION}` }
  const body = EVENT_SCHEMAS[kind].safeParse(value)
  if (!body.success) return { kind: 'invalid', reason: `${kind}: ${z.prettifyError(body.error).replaceAll(/\s+/gu, ' ')}` }
  const { version: _, ...fields } = body.data as { readonly version?: number }
  return { kind: 'event', at, event: eventOf(kind, fields) }
}

/** The activity of a pipeline as the journal records it, of this or another version; undefined if it cannot be read. */
export function decodeActivity(text: string): PipelineActivity | undefined {
  const { data } = PIPELINE_ACTIVITY.safeParse(parseJson(text))
  return data as PipelineActivity | undefined
}

function eventOf(kind: RunEvent['kind'], fields: object): RunEvent {
  if (kind === 'run-ended') {
    const { error, ...result } = fields as z.infer<(typeof EVENT_SCHEMAS)['run-ended']>
    return { kind, result: { ...result, ...(error && { error: new ReportedError(withoutAbsent(error)) }) } } as RunEvent
  }
  // Output of programs has separate events.
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
