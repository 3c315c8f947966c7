import { AppError } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { MANIFEST_LIMITS } from '../set/manifest-fault.ts'
import { metadataPaths } from '../set/metadata-paths.ts'
import { readSmallObject } from '../set/read-small-object.ts'
import type { SetStore } from '../set/set-store.ts'
import { digestFile } from '../store/digest-file.ts'
import { type EvidenceLog, isRecordOf } from './evidence-log.ts'
import { type EvidenceRecord, fingerprintOf, readRecord } from './evidence-record.ts'

/** What the records say about a set. */
export interface Recorded {
  /** SHA-256 of its manifest; null: it has none that can be read. */
  readonly manifest: string | null
  /** Why it is not the set that was published: the rest of a sentence that begins with the set. Undefined: it is, or nothing is on record. */
  readonly problem?: string
  readonly notes: readonly string[]
}

export interface RecordedSet {
  readonly sets: SetStore
  readonly set: string
  readonly step: string
}

/** The most bytes of a record that are read. */
export const MOST_RECORD_BYTES = 16 * 1024 * 1024

/**
 * Compares a set with the records of its publication: those of this host, otherwise the one beside it. A set that was replaced by an older one has another
 * manifest, although it is consistent. Rejects on an abort, and if the storage cannot be reached.
 */
export async function compareWithRecords(log: EvidenceLog, { sets, set, step }: RecordedSet, call: OperationContext): Promise<Recorded> {
  const manifest = await manifestDigest(sets, set, call)
  if (manifest === null) return { manifest, notes: [] }
  const own = await log.recall({ step, set, kinds: ['published'], limit: 100 })
  if (own.length > 0) return { manifest, notes: [], ...judge(manifest, own, 'this host') }
  const beside = await publicationsBeside(sets, set, call)
  const changed = beside.changed.map((name) => `the record "${name}" beside the set was changed`)
  const [first] = beside.records
  const source = `the record beside it, signed with the key ${fingerprintOf(first?.key ?? '').slice(0, 16)}`
  return { manifest, notes: changed, ...(first && judge(manifest, beside.records, source)) }
}

function judge(manifest: string, records: readonly EvidenceRecord[], source: string): Pick<Recorded, 'problem'> {
  if (records.some((it) => it.manifest === manifest)) return {}
  const { at = '', tool = '' } = records[0] ?? {}
  return {
    problem: `is not the set that was published: its manifest differs from that of ${at.slice(0, 16)}Z on record (${tool}), according to ${source}`,
  }
}

/** SHA-256 of the manifest of a set as it is stored. */
async function manifestDigest(sets: SetStore, set: string, call: OperationContext): Promise<string | null> {
  try {
    const { objects } = await sets.readManifest(set, call)
    const open = () => sets.openObject(set, metadataPaths(objects)['manifest.json'], call)
    const digest = await digestFile(open, call.signal, { mostBytes: MANIFEST_LIMITS.bytes })
    return digest.kind === 'read' ? digest.sha256 : null
  } catch (error) {
    if (call.signal.aborted || !(error instanceof AppError) || error.code === 'storage/unreachable') throw error
    return null
  }
}

async function publicationsBeside({ records }: SetStore, set: string, call: OperationContext) {
  const found: EvidenceRecord[] = []
  const changed: string[] = []
  for (const name of (await records?.names(`${set}.`, call)) ?? []) {
    if (!isRecordOf(set, name) || !name.endsWith('.published') || records === undefined) continue
    const bytes = await readSmallObject(await records.open(name, call), { key: name, mostBytes: MOST_RECORD_BYTES })
    const reading = readRecord(bytes.toString('utf8'))
    if (reading.kind === 'changed' || reading.record.set !== set) changed.push(name)
    else if (reading.kind === 'valid') found.push(reading.record)
  }
  return { records: found, changed }
}
