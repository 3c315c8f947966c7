import type { ArchiveEvent } from '../../file-sets/events.ts'
import { counted, formatBytes, formatDuration, printable } from '../../lib/format.ts'

/** The text of an event of a step about files, and whether it is only printed with details. */
export function renderArchiveEvent(event: ArchiveEvent): { readonly text: string; readonly isDetail: boolean } {
  const line = (text: string, isDetail = false) => ({ text: `${printable(event.step)}: ${text}`, isDetail })
  switch (event.kind) {
    case 'archive-began':
      return line(`pack "${printable(event.source)}" (level ${event.level}) into "${printable(event.path)}"`)
    case 'archive-ended':
      return line(endOf(event))
    case 'dump-began':
      return line(`dump "${printable(event.database)}" into "${printable(event.path)}"`)
    case 'dump-ended':
      return line(endOfDump(event))
    case 'step-told':
      return {
        text: event.text
          .trimEnd()
          .split('\n')
          .map((line) => `${printable(event.step)}: ${printable(line)}`)
          .join('\n'),
        isDetail: event.isDetail,
      }
    case 'file-skipped':
      return line(`skipped "${printable(event.path)}": ${event.reason}`, true)
    case 'file-decided':
      return line(`${event.decision} ${printable(event.entry ?? event.path)}`, true)
    case 'file-kept':
      return line(`keep "${printable(event.path)}": ${printable(event.reason)}`, true)
    case 'file-removed':
      return line(`${event.dry ? 'would remove' : 'removed'} "${printable(event.path)}": ${printable(event.reason)}`)
    case 'file-copied':
      return line(`${event.dry ? 'would copy' : 'copied'} "${printable(event.path)}" to "${printable(event.target)}"`)
    default:
      return event satisfies never
  }
}

function endOf({ path, bytes, entries, unchanged, excluded, durationMs, dry }: Extract<ArchiveEvent, { kind: 'archive-ended' }>): string {
  const rest = [...(unchanged > 0 ? [`${unchanged} unchanged`] : []), ...(excluded > 0 ? [`${excluded} excluded`] : [])]
  const counts = [counted(entries, 'file'), ...rest].join(', ')
  if (dry) return `would make "${printable(path)}": ${counts}`
  return `made "${printable(path)}": ${counts}; ${formatBytes(bytes)} in ${formatDuration(durationMs)}`
}

function endOfDump({ database, path, bytes, durationMs, dry }: Extract<ArchiveEvent, { kind: 'dump-ended' }>): string {
  if (dry) return `would dump "${printable(database)}" into "${printable(path)}"`
  return `dumped "${printable(database)}" into "${printable(path)}": ${formatBytes(bytes)} in ${formatDuration(durationMs)}`
}
