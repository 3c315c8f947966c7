import { type DnsAnswer, type Signature, signaturesIn } from './dig-answer.ts'
import { isDigestOf, keyDigestsIn, zoneKeysIn } from './key-digest.ts'

/** Until when the records of one type and owner are signed. */
export interface SignatureEnd {
  readonly owner: string
  readonly covered: string
  readonly zone: string
  readonly endMs: number
}

/** What a zone and its parent say of the zone's keys. */
export interface ZoneEvidence {
  readonly zone: string
  /** The DNSKEY records; absent where they could not be had. */
  readonly keys?: DnsAnswer
  /** The DS records; absent for the root, and where they could not be had. */
  readonly digests?: DnsAnswer
}

/** When each of the records in an answer ceases to be signed. One signature that holds is enough, so of several the last counts. */
export function signatureEnds(answer: DnsAnswer): readonly SignatureEnd[] {
  return endsOf(signaturesIn(answer))
}

/** The same for a zone's keys and what its parent says of them. Of the signatures over the keys, only those that the parent vouches for count. */
export function zoneSignatureEnds({ keys, digests }: ZoneEvidence): readonly SignatureEnd[] {
  if (keys === undefined) return digests === undefined ? [] : signatureEnds(digests)
  const signatures = signaturesIn(keys)
  const vouched = digests === undefined ? [] : tagsVouchedFor(keys, digests)
  const counting = signatures.filter(({ keyTag }) => vouched.length === 0 || vouched.includes(keyTag))
  return [...endsOf(counting), ...(digests === undefined ? [] : signatureEnds(digests))]
}

/** The tags of the keys whose digest the parent has; none when it has none of them. */
export function tagsVouchedFor(keys: DnsAnswer, digests: DnsAnswer): readonly number[] {
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
