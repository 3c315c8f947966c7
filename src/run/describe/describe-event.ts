import type { BackupEvent, Rotation } from '../../backup/set/events.ts'
import { bySetName } from '../../backup/set/set-name.ts'
import { counted, formatBytes, formatDuration, printable } from '../../lib/format.ts'
import type { RunEvent } from '../events.ts'
import type { RunResult } from '../run-result.ts'
import { renderArchiveEvent } from './describe-archive-event.ts'

/** The minimum verbosity at which a line is printed. `ALWAYS` is for output that the plan itself makes visible. */
export const LEVEL = { ALWAYS: 0, ERROR: 1, WARNING: 2, INFO: 3, DEBUG: 4 } as const

export interface Line {
  readonly level: number
  readonly text: string
}

/** An event as lines for users, each complete with its newline. Failures are not included: they are printed once, at the end. */
export function renderEvent(event: RunEvent): readonly Line[] {
  switch (event.kind) {
    case 'run-began':
      return [debug(event.task, `run ${event.runId} began`)]
    case 'step-began':
      return [info(event.task, `step ${event.index + 1} of ${event.steps}: ${event.text}`)]
    case 'step-ended':
      return [debug(event.task, `step ${event.index + 1} done in ${formatDuration(event.durationMs)}`)]
    // Reported at the end of the run; the step that runs the task reports it as such.
    case 'step-failed':
    case 'stdout':
      return []
    case 'check-ended':
      return [renderCheck(event)]
    case 'run-ended':
      return renderEnd(event.result)
    case 'archive-began':
    case 'archive-ended':
    case 'dump-began':
    case 'dump-ended':
    case 'step-told':
    case 'file-skipped':
    case 'file-decided':
    case 'file-kept':
    case 'file-removed':
    case 'file-copied': {
      const { text, isDetail } = renderArchiveEvent(event)
      return text.split('\n').map((line) => (isDetail ? debug(event.task, line) : info(event.task, line)))
    }
    default:
      return renderBackupEvent(event)
  }
}

/** The failure that ends the task is printed once, at the end. */
function renderCheck({ task, status, reason }: Extract<RunEvent, { kind: 'check-ended' }>): Line {
  return status === 'ok' ? info(task, `ok: ${printable(reason)}`) : debug(task, `${status}: ${printable(reason)}`)
}

function renderEnd({ task, status, began, ended }: RunResult): readonly Line[] {
  if (status !== 'ok' && status !== 'warnings' && status !== 'partial') return []
  return [info(task, `${status === 'partial' ? 'partially succeeded' : 'succeeded'} in ${formatDuration(ended.getTime() - began.getTime())}`)]
}

function renderBackupEvent(event: BackupEvent & { readonly task: string }): readonly Line[] {
  const { task } = event
  switch (event.kind) {
    case 'root-awaited':
      return [info(task, `waiting for ${printable(event.storage)}, in use by ${event.by}`)]
    case 'set-began':
      if (event.drilled !== undefined) return [info(task, `drilling ${event.drilled} on ${event.storage}: ${counted(event.objects, 'object')}`)]
      return [debug(task, `making a new set of ${counted(event.objects, 'object')} on ${event.storage}`)]
    case 'object-began':
      return [info(task, `${event.isDrill ? 'drill' : 'make'} "${printable(event.path)}"`)]
    case 'object-progress':
      return []
    case 'object-ended':
      if (event.isDrill) return [debug(task, `${drilled(event)} "${printable(event.path)}" in ${formatDuration(event.durationMs)}`)]
      return [debug(task, `made "${printable(event.path)}"${kept(event)} in ${formatDuration(event.durationMs)}${covered(event)}`)]
    case 'object-failed':
      return [debug(task, `${failureOf(event)} "${printable(event.path)}" after ${formatDuration(event.durationMs)}`)]
    case 'set-published':
      return [info(task, `published ${event.set} on ${event.storage}: ${formatBytes(event.bytes)}${covered(event)}`)]
    case 'set-failed':
      return [event.stopped ? debug(task, `no set on ${event.storage}`) : warning(task, `no set on ${event.storage}: ${event.message ?? ''}`)]
    case 'rotation-decided':
      return [`the sets on ${event.storage}:`, ...renderRotation(event.rotation)].map((text) => debug(task, text))
    case 'set-expired':
      return [info(task, `expired ${event.set} on ${event.storage}`)]
    case 'note':
      return [info(task, `note: ${event.text}`)]
    case 'stderr':
      return event.show === 'never' ? [] : [{ level: event.show === 'always' ? LEVEL.ALWAYS : LEVEL.DEBUG, text: event.text }]
    default:
      return event satisfies never
  }
}

/** `proved`, or `read` if it was not restored. */
export function drilled({ isOnlyRead }: Extract<BackupEvent, { kind: 'object-ended' }>): string {
  return isOnlyRead ? 'read' : 'proved'
}

function failureOf({ stopped, isDrill }: Extract<BackupEvent, { kind: 'object-failed' }>): string {
  if (isDrill) return stopped ? 'could not try to restore' : 'the drill failed for'
  return stopped ? 'stopped making' : 'could not make'
}

function kept({ bytes, sha256 }: { readonly bytes?: number; readonly sha256?: string }): string {
  return bytes === undefined ? '' : `: ${formatBytes(bytes)}, sha256 ${sha256},`
}

function covered({ covers }: { readonly covers?: string }): string {
  return covers === undefined ? '' : `; ${covers}`
}

/** The decision with its reasons, one set per line, oldest first. */
export function renderRotation({ damaged = [], suspicious = [], foreign = [], ...rotation }: Rotation): readonly string[] {
  return [
    ...renderDecision(rotation),
    ...damaged.map((name) => `damaged ${name}: not counted, and never removed automatically`),
    ...foreign.map((name) => `leave ${name}: made by another host`),
    ...suspicious.map((name) => `suspicious ${name}: neither counted nor removed until it is accepted`),
  ]
}

function renderDecision({ keep, expire, skipped, waits }: Rotation): readonly string[] {
  if (skipped !== undefined && expire.length === 0) return [`nothing expires: ${skipped}`]
  const kept = keep.map(({ name, reason }) => ({ name, text: `keep ${name}: ${reason}` }))
  const gone = expire.map(({ name, reason }) => ({ name, text: `expire ${name}: ${reason}` }))
  const lines = [...kept, ...gone].toSorted(bySetName).map(({ text }) => text)
  return waits === undefined ? lines : [...lines, waits]
}

function info(task: string, text: string): Line {
  return { level: LEVEL.INFO, text: `${printable(task)}: ${text}\n` }
}

function warning(task: string, text: string): Line {
  return { level: LEVEL.WARNING, text: `${printable(task)}: ${printable(text)}\n` }
}

function debug(task: string, text: string): Line {
  return { level: LEVEL.DEBUG, text: `${printable(task)}: ${text}\n` }
}
