import type { Measured } from '../coverage/detect-drift.ts'
import type { EvidenceLog } from './evidence-log.ts'
import type { EvidenceRecord } from './evidence-record.ts'
import type { ObjectNumbers } from './publication.ts'

// More than are compared, as the same set may be on record for each of several storages.
const MOST_RECORDS = 120

/** The numbers of an object in the earlier sets that count, oldest first, as long as it was made in the same way. */
export type HistoryOf = (object: ObjectNumbers) => readonly Measured[]

interface RecordedStep {
  readonly task: string
  readonly step: string
  /** Whether a suspicious set was accepted. */
  isAccepted(set: string): Promise<boolean>
}

/** From the records of this host. A suspicious set that was accepted begins the history anew. */
export async function readHistory(log: EvidenceLog | undefined, { task, step, isAccepted }: RecordedStep): Promise<HistoryOf> {
  const recalled = (await log?.recall({ task, step, kinds: ['published'], limit: MOST_RECORDS })) ?? []
  const records = onePerRun(recalled.toReversed())
  let counted: EvidenceRecord[] = []
  for (const record of records) {
    if (record.end === 'complete') counted.push(record)
    else if (record.end === 'suspicious' && (await isAccepted(record.set))) counted = [record]
  }
  return (object) =>
    counted.flatMap(({ objects }) => {
      const found = objects.find(({ path }) => path === object.path) as ObjectNumbers | undefined
      return found !== undefined && isSameWay(found, object) ? [measure(found)] : []
    })
}

function onePerRun(records: readonly EvidenceRecord[]): readonly EvidenceRecord[] {
  return [...new Map(records.map((record) => [record.run ?? record.set, record])).values()]
}

function isSameWay(a: ObjectNumbers, b: ObjectNumbers): boolean {
  // Without the size before the filters, that of the stored bytes is compared.
  const isSameSize = (a.dumpBytes === undefined) === (b.dumpBytes === undefined)
  return isSameSize && a.kind === b.kind && JSON.stringify(a.filters) === JSON.stringify(b.filters)
}

/** The numbers that are compared. Those of a record could be anything. */
export function measure({ bytes, dumpBytes, entries, rows, tables, durationMs }: ObjectNumbers): Measured {
  const count = numberOr(rows) ?? numberOr(entries)
  const before = numberOr(dumpBytes)
  return {
    size: before ?? numberOr(bytes) ?? 0,
    ...(count !== undefined && { count }),
    ...(before !== undefined && before > 0 && { ratio: (numberOr(bytes) ?? 0) / before }),
    durationMs: numberOr(durationMs) ?? 0,
    ...(tables !== undefined && { tables }),
  }
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
