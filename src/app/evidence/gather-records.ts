import { MOST_RECORD_BYTES } from '../../backup/evidence/compare-published.ts'
import { type EvidenceRecord, fingerprintOf, type RecordReading, readRecord, type SealedRecord } from '../../backup/evidence/evidence-record.ts'
import { timeInName } from '../../backup/keep/record-names.ts'
import { readSmallObject } from '../../backup/set/read-small-object.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { counted, formatBytes } from '../../lib/format.ts'
import { type OperationContext, StorageError } from '../../storage/storage.ts'

/** What was found at a place of records. */
export interface FoundRecords {
  /** `journal`, or the location of a storage. */
  readonly place: string
  readonly records: readonly SealedRecord[]
  /** The names of those that were changed, and why. */
  readonly changed: readonly string[]
  /** Those of which it is not known that this host made them: not signed, or with a key that it does not know. */
  readonly unknown?: readonly SealedRecord[]
  /** Of a storage: whether publications have a record there. */
  readonly hasPublications?: boolean
  /** Of a storage: records that are missing may be on another of its disks. */
  readonly isExchanged?: boolean
}

/** A time from `from` on, before `to`. */
export interface Period {
  readonly from: Date
  readonly to: Date
}

export function readTexts(place: string, texts: readonly (readonly [name: string, text: string])[]): FoundRecords {
  const readings = texts.map(([name, text]) => [name, readRecord(text)] as const)
  return {
    place,
    records: readings.flatMap(([, reading]) => (reading.kind === 'changed' ? [] : [reading])),
    changed: readings.flatMap(([name, reading]) => whyChanged(name, reading)),
  }
}

function whyChanged(name: string, reading: RecordReading): readonly string[] {
  return reading.kind === 'changed' ? [`${name}: ${reading.reason}`] : []
}

// A set may be recorded this long after it was begun, which is the time in the name of the record.
const MARGIN_MS = 30 * DAY_MS

// Many times as many as a host makes in years.
const MOST_BYTES = 256 * 1024 * 1024

/** This host, as records name it. */
export interface RecordedHost {
  readonly name: string
  readonly id: string | undefined
  /** The public keys with which it signs, or has signed. */
  readonly keys: ReadonlySet<string>
}

/**
 * The records of this host beside the sets of a storage, also of sets that were begun a while before the period. Rejects if the storage cannot be read, and with
 * `storage/broken` if there are too many.
 */
export async function recordsBeside(
  { records, label }: SetStore,
  { period: { from, to }, host }: { readonly period: Period; readonly host: RecordedHost },
  call: OperationContext,
): Promise<FoundRecords> {
  const texts: (readonly [string, string])[] = []
  let bytesRead = 0
  const isWanted = (name: string) => {
    const at = timeInName(name)
    return at !== undefined && at.getTime() >= from.getTime() - MARGIN_MS && at < to
  }
  const names = (await records?.names('', call)) ?? []
  for (const name of names.filter(isWanted)) {
    const bytes = records && (await readSmallObject(await records.open(name, call), { key: name, mostBytes: MOST_RECORD_BYTES }))
    bytesRead += bytes?.length ?? 0
    if (bytesRead > MOST_BYTES) throw tooMany(label)
    if (bytes !== undefined) texts.push([name, bytes.toString('utf8')])
  }
  const found = readTexts(label, texts)
  const own = found.records.filter(({ record }) => isOf(record, host))
  const isKnown = ({ record: { key } }: SealedRecord) => key !== null && host.keys.has(key)
  return { ...found, records: own.filter(isKnown), unknown: own.filter((it) => !isKnown(it)) }
}

function tooMany(label: string): StorageError {
  return new StorageError('broken', `the records of the period in "${label}" are larger than ${formatBytes(MOST_BYTES)}`, {
    hint: 'Choose a shorter period, and check which users can write to the storage.',
  })
}

function isOf({ host, hostId }: EvidenceRecord, { name, id }: RecordedHost): boolean {
  return host === name && (hostId === undefined || id === undefined || hostId === id)
}

/** The records of all places, each once, in the order of their chains, and their faults. */
export interface JoinedRecords {
  readonly records: readonly SealedRecord[]
  /** Those of which it is not known that this host made them. They prove nothing. */
  readonly unknown: readonly SealedRecord[]
  readonly faults: readonly string[]
  /** Records that could not be compared, because they may be on other disks, by storage. */
  readonly elsewhere: readonly string[]
}

/** Joins the records of several places. `journal` is complete; a storage has those of its sets only. Decides only. */
export function joinRecords(journal: FoundRecords, storages: readonly FoundRecords[], period: Period): JoinedRecords {
  const bySha256 = new Map<string, SealedRecord>()
  for (const record of journal.records) bySha256.set(record.sha256, record)
  for (const { records } of storages) for (const record of records) if (isRecordedIn(record, period)) bySha256.set(record.sha256, record)
  const records = [...bySha256.values()].toSorted(inOrder)
  const changed = [journal, ...storages].flatMap(({ place, changed: names }) => names.map((name) => `a record was changed (${place}: ${name})`))
  const unsigned = records.filter(({ record }) => record.key === null)
  const others = storages.map(({ place, unknown: found = [] }) => ({
    place,
    unknown: found.filter((it) => isRecordedIn(it, period) && !bySha256.has(it.sha256)),
  }))
  const missing = lost(journal, storages, period)
  return {
    records,
    unknown: [...new Map(others.flatMap(({ unknown }) => unknown.map((it) => [it.sha256, it]))).values()].toSorted(inOrder),
    faults: [
      ...changed,
      ...chainFaults(records),
      ...missing.faults,
      ...others.flatMap(({ place, unknown }) => unknownFault(place, unknown)),
      ...(unsigned.length > 0 ? [`${counted(unsigned.length, 'record')} not signed: ${unsigned.map(({ record }) => record.number).join(', ')}`] : []),
    ],
    elsewhere: missing.elsewhere,
  }
}

function unknownFault(place: string, unknown: readonly SealedRecord[]): readonly string[] {
  if (unknown.length === 0) return []
  const keys = new Set(unknown.map(({ record: { key } }) => (key === null ? 'no key' : `the key ${fingerprintOf(key).slice(0, 16)}`)))
  const shown = [...keys].slice(0, 3).join(', ')
  return [
    `${counted(unknown.length, 'record')} in ${place} with the name of this host, but signed with ${shown}${keys.size > 3 ? ', …' : ''}, which it does not know: not counted`,
  ]
}

function inOrder({ record: a }: SealedRecord, { record: b }: SealedRecord): number {
  if (a.chain === b.chain) return a.number - b.number
  return a.at === b.at ? (a.chain < b.chain ? -1 : 1) : a.at < b.at ? -1 : 1
}

/** The records of each chain; chains in the order of their first records. */
export function byChain(records: readonly SealedRecord[]): ReadonlyMap<string, readonly SealedRecord[]> {
  const chains = Map.groupBy(records, ({ record }) => record.chain)
  return new Map([...chains].map(([chain, of]) => [chain, of.toSorted((a, b) => a.record.number - b.record.number)]))
}

function chainFaults(records: readonly SealedRecord[]): readonly string[] {
  const chains = [...byChain(records)]
  const begun = chains
    .slice(1)
    .map(([chain]) => `a new chain of records was begun: ${chain.slice(0, 8)}. The journal was lost or could not be used before`)
  return [...begun, ...chains.flatMap(([chain, of]) => of.flatMap((next, index) => linkFault(of[index - 1], next, chain)))]
}

function linkFault(before: SealedRecord | undefined, { record }: SealedRecord, chain: string): readonly string[] {
  if (before === undefined) return []
  const [last, next] = [before.record.number, record.number]
  const place = `in the chain ${chain.slice(0, 8)}`
  if (next === last) return [`there are two records with the number ${next} ${place}: the journal was set back`]
  if (next > last + 1) return [`records are missing ${place}: ${last + 1 === next - 1 ? next - 1 : `${last + 1} to ${next - 1}`}`]
  return record.previous === before.sha256 ? [] : [`the record ${next} ${place} does not follow ${last}: one of them was replaced`]
}

/** Records that are in one place, but not in the other. Those of verifications are removed with their sets. */
function lost(journal: FoundRecords, storages: readonly FoundRecords[], period: Period): Pick<JoinedRecords, 'faults' | 'elsewhere'> {
  const known = new Set(journal.records.map(({ sha256 }) => sha256))
  const oldest = new Date(period.from.getTime() - MARGIN_MS).toISOString()
  const wanted = journal.records.filter((it) => isRecordedIn(it, period) && it.record.began >= oldest && it.record.kind !== 'verify')
  const found = storages.map(({ place, records, unknown: others = [], changed, hasPublications, isExchanged = false }) => {
    const beside = new Set([...records, ...others].map(({ sha256 }) => sha256))
    const mayLack = ({ kind }: EvidenceRecord) => kind === 'published' && hasPublications === false
    const gone = wanted.filter(({ record, sha256 }) => record.storage === place && !mayLack(record) && !beside.has(sha256))
    const unknown = records.filter((it) => isRecordedIn(it, period) && !known.has(it.sha256))
    // A changed record is reported as such.
    const isMissing = gone.length > changed.length
    return {
      faults: [
        ...(isMissing && !isExchanged ? [`${place} lacks ${listed(gone)} that the journal has`] : []),
        ...(unknown.length > 0 ? [`the journal lacks ${listed(unknown)} that ${place} has`] : []),
      ],
      elsewhere: isMissing && isExchanged ? [`${place} lacks ${listed(gone)}: they may be on a disk that is not mounted`] : [],
    }
  })
  return { faults: found.flatMap(({ faults }) => faults), elsewhere: found.flatMap(({ elsewhere }) => elsewhere) }
}

function isRecordedIn({ record: { at } }: SealedRecord, { from, to }: Period): boolean {
  return at >= from.toISOString() && at < to.toISOString()
}

function listed(records: readonly SealedRecord[]): string {
  const nameOf = ({ kind, set, number }: EvidenceRecord) => `${number} (${kind} ${set})`
  const shown = records.slice(0, 3).map(({ record }) => nameOf(record))
  return `${counted(records.length, 'record')}: ${shown.join(', ')}${records.length > shown.length ? ', …' : ''}`
}
