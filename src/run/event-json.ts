import type { Rotation } from '../backup/set/events.ts'
import { type AppError, messageOf } from '../lib/errors.ts'
import type { TapValue } from '../process/pipes/tap.ts'
import { type StageFacts, stderrTailOf } from '../process/process-result.ts'
import type { RunEvent } from './events.ts'
import type { RunResult } from './run-result.ts'

/**
 * The version of the stream of events, in the first event of a run. It changes if a reader of the previous version would misinterpret the events; new
 * kinds of events and new keys do not change it, and readers skip unknown ones.
 */
export const EVENTS_VERSION = 1

/** One event as one line of JSON with its newline: `time` first, big numbers as strings of digits, times in ISO 8601 UTC. */
export function encodeEvent(event: RunEvent, at: Date): string {
  return `${JSON.stringify({ time: at.toISOString(), ...plain(event) })}\n`
}

function plain(event: RunEvent): object {
  if (event.kind === 'run-began') return { ...event, version: EVENTS_VERSION }
  if (event.kind === 'run-ended') return { kind: event.kind, ...plainResult(event.result) }
  if (event.kind === 'rotation-decided') return { ...event, rotation: plainRotation(event.rotation) }
  if ('stages' in event) return { ...event, stages: event.stages?.map(plainStage) }
  return event
}

// Its output has separate events, if the plan makes it visible.
function plainStage({ stderrTail: _, taps, ...facts }: StageFacts): object {
  return { ...facts, ...(taps && { taps: taps.map(plainTap) }) }
}

// The sample only serves the object itself.
function plainTap(tap: TapValue): TapValue {
  if (typeof tap !== 'object') return tap
  const { sample: _, ...counts } = tap
  return counts
}

function plainResult({ began, ended, error, ...rest }: RunResult): object {
  return { ...rest, began: began.toISOString(), ended: ended.toISOString(), ...(error && { error: plainError(error) }) }
}

/** A failure for programs: the stable code, the message, and the last output of the failed program. */
export function plainError(error: AppError): object {
  const stderr = stderrTailOf(error)
  return {
    code: error.code,
    message: messageOf(error),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(stderr !== undefined && { stderr }),
  }
}

/** A decision for programs. */
export function plainRotation({ expire, ...rest }: Rotation): object {
  return { ...rest, expire: expire.map(({ bytes, ...it }) => ({ ...it, bytes: String(bytes) })) }
}
