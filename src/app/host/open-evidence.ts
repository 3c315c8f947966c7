import type { KeyObject } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { EvidenceLog } from '../../backup/evidence/evidence-log.ts'
import { type EvidenceRecord, publicKeyOf, readRecord, type SealedRecord, sealRecord } from '../../backup/evidence/evidence-record.ts'
import type { Journal } from '../../journal/journal.ts'
import { messageOf } from '../../lib/errors.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import type { Host } from './host.ts'
import { starterOf, userName } from './host-journal.ts'
import { hostSigningKey } from './signing-key.ts'
import { stateFolder } from './state-folder.ts'

/** The records of this host: in the journal, signed with its key. What cannot be done is a note, the first time. */
export function openEvidence(journal: Journal, host: Host): EvidenceLog {
  let key: Promise<KeyObject | undefined> | undefined
  const keyOf = () => {
    key ??= hostSigningKey(stateFolder(host.env, host.uid)).catch((error: unknown) => {
      host.note(`records are not signed: ${messageOf(error)}`)
      return undefined
    })
    return key
  }
  return {
    async append(facts) {
      const sealing = { host: hostname(), hostId: hostKey(), by: { user: userName(host), started: starterOf(host) }, at: host.clock() }
      const signing = await keyOf()
      let sealed: SealedRecord | undefined
      const isKept = await journal.append((last) => {
        sealed = sealRecord(facts, { sealing, key: signing, chain: last?.chain ?? newChain(), after: last })
        return rowOf(sealed)
      })
      if (sealed !== undefined && isKept) return sealed
      host.note('a record was not added to those of this host: it begins a chain of its own')
      return sealRecord(facts, { sealing, key: signing, chain: newChain(), after: undefined })
    },
    async recall({ task, step, kinds, set, limit }) {
      const texts = await journal
        .evidence({ step, kinds, limit, ...(task !== undefined && { task }), ...(set !== undefined && { set }) })
        .catch(() => [])
      return texts.flatMap((text): readonly EvidenceRecord[] => {
        const reading = readRecord(text)
        return reading.kind === 'changed' ? [] : [reading.record]
      })
    },
    async knownKeys() {
      const [own, recorded] = await Promise.all([keyOf(), journal.evidenceKeys().catch(() => [])])
      return new Set([...recorded, ...(own === undefined ? [] : [publicKeyOf(own)])])
    },
  }
}

function newChain(): string {
  return randomBytes(16).toString('hex')
}

function rowOf({ record, text, sha256 }: SealedRecord) {
  const { number, chain, kind, task, step, storage, set: name, at, end: outcome } = record
  return { number, chain, sha256, kind, task, step, storage, name, at, outcome, text }
}
