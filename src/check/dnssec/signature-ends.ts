import { type DnsAnswer, type Signature, signaturesIn } from './dig-answer.ts'
import { isDigestOf, keyDigestsIn, zoneKeysIn } from './key-digest.ts'

/** The expiry of the signatures over the records of one type and owner. */
export interface SignatureEnd {
  readonly owner: string
  readonly covered: string
  readonly zone: string
  readonly endMs: number
}

/** The records of a zone and its parent about the zone's keys. */
export interface ZoneEvidence {
  readonly zone: string
  /** The DNSKEY records; absent if unavailable. */
  readonly keys?: DnsAnswer
  /** The DS records; absent for the root, and if unavailable. */
  readonly digests?: DnsAnswer
}

/** When the signatures of each of the records expire. One valid signature is sufficient, so the latest expiry counts. */
export function signatureEnds(answer: DnsAnswer): readonly SignatureEnd[] {
  return endsOf(signaturesIn(answer))
}

/** The same for the keys of a zone and the DS records. Only signatures by keys with a DS record at the parent count. */
export function zoneSignatureEnds({ keys, digests }: ZoneEvidence): readonly SignatureEnd[] {
  if (keys === undefined) return digests === undefined ? [] : signatureEnds(digests)
  const signatures = signaturesIn(keys)
  const confirmed = digests === undefined ? [] : confirmedTags(keys, digests)
  const counting = signatures.filter(({ keyTag }) => confirmed.length === 0 || confirmed.includes(keyTag))
  return [...endsOf(counting), ...(digests === undefined ? [] : signatureEnds(digests))]
}

/** The tags of the keys whose digest the parent has; empty if there are none. */
export function confirmedTags(keys: DnsAnswer, digests: DnsAnswer): readonly number[] {
  const known = keyDigestsIn(digests)
  return zoneKeysIn(keys)
    .filter((key) => known.some((digest) => isDigestOf(digest, key)))
    .map(({ tag }) => tag)
}

function endsOf(signatures: readonly Signature[]): readonly SignatureEnd[] {
  const ends = new Map<string, SignatureEnd>()
  for (const { owner, covered, zone, expirationMs } of signatures) {
    const key = JSON.stringify([owner, covered])
    const endMs = Math.max(expirationMs, ends.get(key)?.endMs ?? 0)
    ends.set(key, { owner, covered, zone, endMs })
  }
  return [...ends.values()]
}
