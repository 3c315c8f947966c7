import { Readable } from 'node:stream'
import { messageOf } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { SetStore } from '../set/set-store.ts'
import type { EvidenceFacts, EvidenceKind, EvidenceRecord, SealedRecord } from './evidence-record.ts'

/** The records of this host, in the order in which they were made. */
export interface EvidenceLog {
  /** Signs a record, chains it to the one before it, and keeps it. Never rejects. */
  append(facts: EvidenceFacts): Promise<SealedRecord>
  /** The newest records of a step, newest first. Never rejects: what cannot be read is not there. */
  recall(of: RecalledRecords): Promise<readonly EvidenceRecord[]>
  /** The public keys with which this host signs, or signed the records that it still has. Never rejects. */
  knownKeys(): Promise<ReadonlySet<string>>
}

export interface RecalledRecords {
  /** Absent: of all tasks. */
  readonly task?: string
  readonly step: string
  readonly kinds: readonly EvidenceKind[]
  readonly set?: string
  readonly limit: number
}

/** The name of a record beside the sets: `SET.BEGAN.END.KIND`. Those of one set and one kind are in the order of their beginnings. */
function recordNameOf({ set, began, end, kind }: EvidenceFacts): string {
  return `${set}.${began.replaceAll(/[-:.]/gu, '')}.${end}.${kind}`
}

/**
 * Appends a record to those of this host, and stores it beside its set. Resolves with why it could not be stored there; undefined: it was, or nothing can be
 * kept there. Rejects on an abort only.
 */
export async function keepEvidence(
  log: EvidenceLog,
  { sets, facts }: { readonly sets: SetStore; readonly facts: EvidenceFacts },
  call: OperationContext,
): Promise<string | undefined> {
  const { text } = await log.append(facts)
  try {
    await sets.records?.put(recordNameOf(facts), Readable.from([Buffer.from(text)], { objectMode: false }), call)
    return undefined
  } catch (error) {
    if (call.signal.aborted) throw error
    return `the record of this ${facts.kind === 'drill' ? 'drill' : facts.kind === 'verify' ? 'verification' : 'set'} was not stored beside the set on ${sets.label}: ${messageOf(error)}`
  }
}
