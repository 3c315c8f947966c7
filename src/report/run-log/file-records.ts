import { formatBytes, formatDuration } from '../../lib/format.ts'
import type { RunEvent } from '../../run/events.ts'
import type { LogRecord } from './log-record.ts'
import type { LogTexts } from './log-texts.ts'
import type { SetEvent } from './set-records.ts'

/** Events about dated files, and other messages of steps that are not about sets. */
type FileEvent = Exclude<Extract<RunEvent, { step: string }>, SetEvent>
type EventOf<K extends FileEvent['kind']> = Extract<FileEvent, { kind: K }>

/** The suffix of the logger's name, after the name of the step. */
export type FileRecord = Omit<LogRecord, 'logger'> & { readonly suffix?: string }

const DECISIONS = { add: 'add', equal: 'eq', exclude: 'ex' } as const

/** The log text of an event of a step about files. An event without an entry does not compile. */
export function fileRecords(
  event: FileEvent,
  { texts, fileLogger }: { readonly texts: LogTexts; readonly fileLogger: string },
): readonly FileRecord[] {
  switch (event.kind) {
    case 'archive-began':
      return [...(event.base === undefined ? [] : [debug(texts.archiveBase(event.base))]), info(texts.archiveSource(event.source))]
    case 'archive-ended':
      return archiveEnded(event, texts)
    case 'dump-began':
      return [debug(texts.dumpBegan(event.database, event.path))]
    case 'dump-ended':
      return dumpEnded(event, texts)
    case 'step-told':
      return [event.isDetail ? debug(event.text.trimEnd()) : info(event.text.trimEnd())]
    case 'file-skipped':
      return [debug(texts.fileSkipped(event.path, event.reason))]
    case 'file-decided':
      return [{ ...debug(`${DECISIONS[event.decision]} ${event.entry ?? event.path}`), suffix: `.${fileLogger}` }]
    case 'file-kept':
      return [debug(texts.fileKept(event.path, event.reason))]
    case 'file-removed':
      return [info((event.dry ? texts.fileWouldGo : texts.fileRemoved)(event.path, event.reason))]
    case 'file-copied':
      return [info((event.dry ? texts.fileWouldBeCopied : texts.fileCopied)(event.path, event.target))]
    default:
      return event satisfies never
  }
}

function archiveEnded(
  { path, bytes, entries, unchanged, excluded, sha1, durationMs, dry }: EventOf<'archive-ended'>,
  texts: LogTexts,
): readonly FileRecord[] {
  if (dry) return [info(texts.archiveWouldBe(path, entries))]
  return [
    info(texts.archiveMade(path, formatDuration(durationMs))),
    debug(texts.archiveCounts(entries, unchanged, excluded, formatBytes(bytes))),
    ...(sha1 === undefined ? [] : [info(texts.digestIs(sha1))]),
  ]
}

function dumpEnded({ database, path, bytes, sha1, durationMs, dry }: EventOf<'dump-ended'>, texts: LogTexts): readonly FileRecord[] {
  if (dry) return [info(texts.dumpWouldBe(database, path))]
  return [
    info(texts.dumpMade(database, path, formatBytes(bytes), formatDuration(durationMs))),
    ...(sha1 === undefined ? [] : [info(texts.digestIs(sha1))]),
  ]
}

function info(text: string): FileRecord {
  return { level: 'INFO', text }
}

function debug(text: string): FileRecord {
  return { level: 'DEBUG', text }
}
