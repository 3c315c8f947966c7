import { counted, formatBytes, formatDuration, printable } from '../../lib/format.ts'
import { describeLocked } from '../restore/missing-keys.ts'
import type { DrillResult, ObjectDrill } from './drill-result.ts'

/**
 * The drill of one object, on one line: `proven: "pg/shop.sql.zst" restored into a temporary PostgreSQL 15 in 21 s (96 MiB; not checked: …)`, or
 * `read: "notes.bin" not restored (12 B; not checked: …)`.
 */
export function describeObjectDrill({ path, end, into, reasons, bytes, restoredMs, notAsked }: ObjectDrill): string {
  const name = `"${printable(path)}"`
  if (reasons.length > 0) return `${end}: ${name} ${reasons.map(printable).join('; ')}`
  const how = into === undefined ? 'not restored' : `restored into ${into}${restoredMs === undefined ? '' : ` in ${formatDuration(restoredMs)}`}`
  const rest = notAsked.length === 0 ? '' : `; not checked: ${notAsked.join(', ')}`
  return `${end}: ${name} ${how} (${formatBytes(bytes)}${rest})`
}

/** The drills of objects, each on a line; one for all that lack the same key. */
export function describeObjectDrills(drills: readonly ObjectDrill[]): readonly string[] {
  return [...Map.groupBy(drills, (drill) => missingKeyOf(drill) ?? drill)].flatMap(([lacks, alike]) =>
    alike.length === 1 || typeof lacks !== 'string'
      ? alike.map(describeObjectDrill)
      : [`${alike[0]?.end}: ${printable(describeLocked(alike, lacks))}`],
  )
}

/** The key that an object lacks, in words, if this is all that is known of it. */
export function missingKeyOf({ end, reasons: [reason, ...others] }: ObjectDrill): string | undefined {
  const isLocked = end === 'inconclusive' && others.length === 0 && reason?.startsWith(ENCRYPTED)
  return isLocked ? reason?.slice(ENCRYPTED.length) : undefined
}

const ENCRYPTED = 'is encrypted: '

/** The drill of a set, on one line. */
export function describeDrill({ set, end, level, objects }: DrillResult): string {
  const restored = objects.filter(({ into }) => into !== undefined).length
  return `drill of ${set}: ${end} (${counted(objects.length, 'object')}, ${restored} restored, level ${level})`
}
