import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey, sign, verify } from 'node:crypto'
import { VERSION } from '../../lib/assets.ts'
import { parseJson } from '../../lib/parse-json.ts'
import { isEvidence } from './record-fault.ts'

/** What is on record: that a set was published, that it was verified, that it was drilled. */
export type EvidenceKind = 'published' | 'verify' | 'drill'

/** What happened to a set, without the circumstances that are the same for all records of a host. */
export interface EvidenceFacts {
  readonly kind: EvidenceKind
  readonly task: string
  /** The backup step. */
  readonly step: string
  readonly storage: string
  readonly set: string
  /** SHA-256 of its manifest, which contains that of each object. Null: it has none, or none that can be read. */
  readonly manifest: string | null
  /** ISO 8601, UTC. */
  readonly began: string
  readonly ended: string
  /** One word of `docs/format/evidence.md`, depending on the kind. */
  readonly end: string
  /** The run, if it was part of one. */
  readonly run?: string
  /** What was read: the level of a drill, the depth of a verification. */
  readonly level?: string
  /** Faults and conspicuous facts, as texts. */
  readonly problems: readonly string[]
  readonly objects: readonly EvidenceObject[]
}

/** One object in a record: its facts when it was made, or the questions and answers of a drill. */
export type EvidenceObject = Readonly<Record<string, unknown>> & { readonly path: string }

/** The circumstances of a record. */
export interface Sealing {
  readonly host: string
  readonly hostId?: string | undefined
  readonly by: { readonly user: string; readonly started: string }
  readonly at: Date
}

/** The place of a record in the chain of a host. */
export interface ChainLink {
  readonly chain: string
  readonly number: number
  /** SHA-256 of the record, with its signature. */
  readonly sha256: string
}

export interface EvidenceRecord extends EvidenceFacts {
  readonly version: 2
  readonly tool: string
  readonly node: string
  readonly host: string
  readonly hostId?: string
  readonly by: Sealing['by']
  /** The public key of the host, SPKI in base64; null: not signed. */
  readonly key: string | null
  readonly chain: string
  /** From 1, in the order in which the records of the host were made. */
  readonly number: number
  /** SHA-256 of the record before it; null for the first one. */
  readonly previous: string | null
  readonly at: string
}

/** A record as it is stored. */
export interface SealedRecord {
  readonly record: EvidenceRecord
  /** Two parts: the record as JSON, and the line with the signature. */
  readonly text: string
  readonly sha256: string
}

export interface SealOptions {
  readonly sealing: Sealing
  /** Undefined: the record is not signed. */
  readonly key: KeyObject | undefined
  readonly chain: string
  /** Undefined: it is the first one. */
  readonly after: ChainLink | undefined
}

const SIGNATURE = 'signature: '

/** The record of these facts, signed, and chained to the one before it. */
export function sealRecord(facts: EvidenceFacts, { sealing, key, chain, after }: SealOptions): SealedRecord {
  const { kind, task, step, storage, set, manifest, began, ended, end, run, level, problems, objects } = facts
  const record: EvidenceRecord = {
    version: 2,
    kind,
    tool: `holdfast ${VERSION}`,
    node: process.version,
    host: sealing.host,
    ...(sealing.hostId !== undefined && { hostId: sealing.hostId }),
    by: sealing.by,
    key: key === undefined ? null : publicKeyOf(key),
    chain,
    number: (after?.number ?? 0) + 1,
    previous: after?.sha256 ?? null,
    at: sealing.at.toISOString(),
    ...{ task, step, storage, set, manifest, began, ended, end },
    ...(run !== undefined && { run }),
    ...(level !== undefined && { level }),
    problems,
    objects,
  }
  const signed = textOf(record)
  const signature = key === undefined ? '' : sign(null, Buffer.from(signed), key).toString('base64')
  const text = `${signed}${SIGNATURE}${signature}\n`
  return { record, text, sha256: digestOf(text) }
}

/** A record that was read: `changed` if it is none, or its signature does not match. */
export type RecordReading = ({ readonly kind: 'valid' | 'unsigned' } & SealedRecord) | { readonly kind: 'changed'; readonly reason: string }

/** Reads a record, which anyone could have written: the caller compares its key with those that it knows. */
export function readRecord(text: string): RecordReading {
  const at = text.lastIndexOf(`\n${SIGNATURE}`)
  if (at === -1 || !text.endsWith('\n')) return { kind: 'changed', reason: 'it has no signature' }
  const [signed, signature] = [text.slice(0, at + 1), text.slice(at + 1 + SIGNATURE.length, -1)]
  const value = parseJson(signed)
  // In the form in which records are written: other programs read the same from it.
  if (!isEvidence(value) || textOf(value) !== signed) return { kind: 'changed', reason: 'it is not a record' }
  const record = value as EvidenceRecord
  const sealed = { record, text, sha256: digestOf(text) }
  if (record.key === null && signature === '') return { kind: 'unsigned', ...sealed }
  return isSigned(signed, { key: record.key ?? '', signature })
    ? { kind: 'valid', ...sealed }
    : { kind: 'changed', reason: 'its signature does not match' }
}

function textOf(record: unknown): string {
  return `${JSON.stringify(record, undefined, 2)}\n`
}

function isSigned(text: string, { key, signature }: { readonly key: string; readonly signature: string }): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    return publicKey.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

/** The public part of a key: SPKI in base64. */
export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
}

/** SHA-256 of the SPKI of a key, as printed for comparison. */
export function fingerprintOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex')
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
