import { AppError } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { isRecordOf } from '../keep/record-names.ts'
import { MANIFEST_LIMITS } from '../set/manifest-fault.ts'
import { metadataPaths } from '../set/metadata-paths.ts'
import { readSmallObject } from '../set/read-small-object.ts'
import type { SetStore } from '../set/set-store.ts'
import { digestFile } from '../store/digest-file.ts'
import type { EvidenceLog } from './evidence-log.ts'
import { type EvidenceRecord, fingerprintOf, readRecord } from './evidence-record.ts'

/** The recorded facts of a set. */
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

/** The most records of the publication of one set that are read: there is one for each storage on which it was made. */
export const MOST_PUBLICATIONS = 20

/**
 * Compares a set with the records of its publication: those of this host, otherwise those beside it. A set that was replaced by an older one has another
 * manifest, although it is consistent. A record beside it that this host did not sign proves nothing: that the set matches it is a note. Rejects on an abort,
 * and if the storage cannot be reached.
 */
export async function compareWithRecords(log: EvidenceLog, { sets, set, step }: RecordedSet, call: OperationContext): Promise<Recorded> {
  const found = await manifestOf(sets, set, call)
  if (found === undefined) return { manifest: null, notes: [] }
  const { manifest } = found
  const own = ownRecords(await log.recall({ step, set, kinds: ['published'], limit: 100 }), { ...found, storage: sets.label })
  if (own.length > 0) return { manifest, notes: [], ...compare(manifest, own, 'this host') }
  const { records, notes } = await publicationsBeside(sets, set, call)
  const keys = records.length === 0 ? new Set<string>() : await log.knownKeys()
  const signed = records.filter(({ key }) => keys.has(key))
  const foreign = [...new Set(records.map(({ key }) => key).filter((key) => !keys.has(key)))]
  const source = (key: string) => `the record beside it, signed with the key ${shown(key)}`
  const [first] = signed
  if (first !== undefined) return { manifest, notes, ...compare(manifest, signed, source(first.key)) }
  const [unknown] = foreign
  if (unknown === undefined) return { manifest, notes }
  const { problem } = compare(manifest, records, `${source(unknown)}, which this host does not know`)
  if (problem !== undefined) return { manifest, notes, problem }
  const words = `"${set}" in "${sets.label}" is on record only with a key that this host does not know, ${foreign.map(shown).join(', ')}: compare it with the fingerprint of the host that made the set`
  return { manifest, notes: [...notes, words] }
}

function shown(key: string): string {
  return fingerprintOf(key).slice(0, 16)
}

interface FoundManifest {
  readonly manifest: string
  readonly hostId: string | undefined
}

/**
 * The records of this host with the expected digests of the set: those for this storage, otherwise, as it may be a copy, for others, unless another host made it:
 * such a set only has the same name.
 */
function ownRecords(recalled: readonly EvidenceRecord[], { manifest, hostId, storage }: FoundManifest & { readonly storage: string }) {
  const here = recalled.filter((it) => it.storage === storage)
  if (here.length > 0 || recalled.some((it) => it.manifest === manifest)) return here.length > 0 ? here : recalled
  return recalled.filter((it) => hostId === undefined || it.hostId === undefined || it.hostId === hostId)
}

function compare(manifest: string, records: readonly EvidenceRecord[], source: string): Pick<Recorded, 'problem'> {
  if (records.some((it) => it.manifest === manifest)) return {}
  const { at = '', tool = '' } = records[0] ?? {}
  return {
    problem: `is not the set that was published: its manifest differs from that of ${at.slice(0, 16)}Z on record (${tool}), according to ${source}`,
  }
}

/** SHA-256 of the manifest of a set as it is stored, and who made the set according to it. */
async function manifestOf(sets: SetStore, set: string, call: OperationContext): Promise<FoundManifest | undefined> {
  try {
    const { objects, hostId } = await sets.readManifest(set, call)
    const open = () => sets.openObject(set, metadataPaths(objects)['manifest.json'], call)
    const digest = await digestFile(open, call.signal, { mostBytes: MANIFEST_LIMITS.bytes })
    return digest.kind === 'read' ? { manifest: digest.sha256, hostId } : undefined
  } catch (error) {
    if (call.signal.aborted || !(error instanceof AppError) || error.code === 'storage/unreachable') throw error
    return undefined
  }
}

type SignedRecord = EvidenceRecord & { readonly key: string }

/** The signed records of the publication of a set beside it, with any key. */
async function publicationsBeside({ records, label }: SetStore, set: string, call: OperationContext) {
  const found: SignedRecord[] = []
  const notes: string[] = []
  const all = (await records?.names(`${set}.`, call)) ?? []
  const names = all.filter((name) => isRecordOf(set, name) && name.endsWith('.published'))
  if (names.length > MOST_PUBLICATIONS)
    notes.push(`there are ${names.length} records of the publication of "${set}" in "${label}": ${MOST_PUBLICATIONS} were read`)
  for (const name of names.slice(0, MOST_PUBLICATIONS)) {
    const bytes = records && (await readSmallObject(await records.open(name, call), { key: name, mostBytes: MOST_RECORD_BYTES }))
    const reading = readRecord(bytes?.toString('utf8') ?? '')
    if (reading.kind === 'changed' || reading.record.set !== set) notes.push(`the record "${name}" beside the set was changed`)
    else if (reading.record.key !== null) found.push({ ...reading.record, key: reading.record.key, objects: [] })
  }
  return { records: found, notes }
}
