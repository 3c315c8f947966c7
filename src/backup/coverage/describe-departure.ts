import { formatBytes, formatDuration } from '../../lib/format.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { Departure } from './detect-drift.ts'

/** A number and its usual range, as text: `size: 2.1 MiB, usually 30 MiB to 34 MiB`. */
export function describeDeparture({ what, now, usual }: Departure): string {
  const [name, format] = wordsFor(what)
  const [least, , most] = usual.map(format)
  const range = least === most ? least : `${least} to ${most}`
  const text = `${name}: ${format(now)}, usually ${range}`
  return what === 'ratio' && now > 0.95 ? `${text}: it can no longer be compressed` : text
}

function wordsFor(what: Departure['what']): readonly [name: string, format: (value: number) => string] {
  if (typeof what === 'object') return [`rows of ${quoted(what.table)}`, String]
  switch (what) {
    case 'size':
      return ['size', formatBytes]
    case 'count':
      return ['number of entries', String]
    case 'ratio':
      return ['size after compression', (value) => `${Math.round(value * 100)} %`]
    case 'duration':
      return ['duration', formatDuration]
    default:
      return what satisfies never
  }
}
