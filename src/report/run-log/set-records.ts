import { formatBytes, formatDuration } from '../../lib/format.ts'
import type { RunEvent } from '../../run/events.ts'
import type { LogRecord } from './log-record.ts'
import type { LogTexts } from './log-texts.ts'

/** Events about sets. */
export type SetEvent = Extract<
  RunEvent,
  {
    kind:
      | 'root-awaited'
      | 'set-began'
      | 'object-began'
      | 'object-progress'
      | 'object-ended'
      | 'object-failed'
      | 'set-published'
      | 'set-failed'
      | 'rotation-decided'
      | 'set-expired'
  }
>

/** The log text of an event about sets. */
export function setRecords(event: SetEvent, texts: LogTexts): readonly Omit<LogRecord, 'logger'>[] {
  switch (event.kind) {
    case 'root-awaited':
      return [{ level: 'INFO', text: texts.rootAwaited(event.storage, event.by) }]
    case 'set-began':
      if (event.drilled !== undefined) return [{ level: 'INFO', text: texts.drillBegan(event.drilled, event.storage, event.objects) }]
      return [{ level: 'DEBUG', text: texts.setBegan(event.storage, event.objects) }]
    case 'object-progress':
      return []
    case 'object-began':
    case 'object-ended':
    case 'object-failed':
      return [event.isDrill ? drilledRecord(event, texts) : objectRecord(event, texts)]
    case 'set-published':
      return [{ level: 'INFO', text: texts.setPublished(event.set, event.storage, formatBytes(event.bytes)) }]
    case 'set-failed':
      return [{ level: event.stopped ? 'DEBUG' : 'ERROR', text: texts.setFailed(event.set, event.storage, event.message ?? '-') }]
    case 'rotation-decided': {
      const { keep, expire, skipped, damaged = [] } = event.rotation
      const kept = [...keep, ...damaged.map((name) => ({ name, reason: 'damaged' }))]
      if (skipped !== undefined) return [{ level: 'DEBUG', text: texts.rotationSkipped(skipped) }]
      const lines = [...kept.map((it) => texts.setKept(it.name, it.reason)), ...expire.map((it) => texts.setGoes(it.name, it.reason))]
      return lines.map((text) => ({ level: 'DEBUG', text }))
    }
    case 'set-expired':
      return [{ level: 'INFO', text: texts.setExpired(event.set, event.storage) }]
    default:
      return event satisfies never
  }
}

type ObjectEvent = Extract<SetEvent, { kind: 'object-began' | 'object-ended' | 'object-failed' }>

function objectRecord(event: ObjectEvent, texts: LogTexts): Omit<LogRecord, 'logger'> {
  switch (event.kind) {
    case 'object-began':
      return { level: 'INFO', text: texts.objectBegan(event.path) }
    case 'object-ended':
      return { level: 'DEBUG', text: texts.objectMade(event.path, formatBytes(event.bytes ?? 0), formatDuration(event.durationMs)) }
    case 'object-failed':
      return { level: event.stopped ? 'DEBUG' : 'ERROR', text: texts.objectFailed(event.path) }
    default:
      return event satisfies never
  }
}

function drilledRecord(event: ObjectEvent, texts: LogTexts): Omit<LogRecord, 'logger'> {
  switch (event.kind) {
    case 'object-began':
      return { level: 'INFO', text: texts.objectDrillBegan(event.path) }
    case 'object-ended':
      return {
        level: 'DEBUG',
        text: (event.isOnlyRead ? texts.objectOnlyRead : texts.objectProven)(event.path, formatDuration(event.durationMs)),
      }
    case 'object-failed':
      return { level: event.stopped ? 'DEBUG' : 'ERROR', text: texts.objectNotProven(event.path) }
    default:
      return event satisfies never
  }
}
