import { formatDuration } from '../../lib/format.ts'
import type { CheckResult } from '../check-result.ts'
import { type DnsAnswer, signaturesIn } from './dig-answer.ts'
import { keyDigestsIn, zoneKeysIn } from './key-digest.ts'
import { confirmedTags, type SignatureEnd, signatureEnds, type ZoneEvidence, zoneSignatureEnds } from './signature-ends.ts'

export interface DnssecQuery {
  readonly name: string
  readonly type: string
}

export interface SignatureLimits {
  readonly warnMs: number
  readonly failMs: number
}

/** The result for a validated answer: how long it remains valid. */
export function decideValidated(
  { name, type }: DnssecQuery,
  evidence: { readonly answer: DnsAnswer; readonly zones: readonly ZoneEvidence[]; readonly now: Date },
  { warnMs, failMs }: SignatureLimits,
): CheckResult {
  const ends = [...signatureEnds(evidence.answer), ...evidence.zones.flatMap(zoneSignatureEnds)]
  const first = ends.toSorted((a, b) => a.endMs - b.endMs)[0]
  if (first === undefined)
    return { status: 'unknown', reason: `${name} (${type}) is validated, but the resolver did not return its signatures`, hint: STRIPS, facts: [] }
  const leftMs = first.endMs - evidence.now.getTime()
  const label = `${name} ${type} signatures`
  const facts = [{ label, value: Math.round(leftMs / 1000), unit: 's', warn: `${Math.round(warnMs / 1000)}:`, fail: `${Math.round(failMs / 1000)}:` }]
  if (leftMs >= warnMs) return { status: 'ok', reason: `${name} (${type}) is validated; its signatures expire in ${formatDuration(leftMs)}`, facts }
  const hint = `Sign the zone ${first.zone} again, and check why its signer did not.`
  return { status: leftMs < failMs ? 'fail' : 'warn', reason: `${name} (${type}): ${describeEnd(first, leftMs)}`, hint, facts }
}

const STRIPS = 'Specify a resolver that returns signatures.'

function describeEnd({ owner, covered }: SignatureEnd, leftMs: number): string {
  const what = `the signature of the ${covered} records of ${owner}`
  return leftMs < 0 ? `${what} expired ${formatDuration(-leftMs)} ago` : `${what} expires in ${formatDuration(leftMs)}`
}

/** The reason why the resolver rejects an answer, as far as the unchecked records show it. */
export function decideBogus(
  { name, type }: DnssecQuery,
  evidence: { readonly refused: DnsAnswer; readonly unchecked: DnsAnswer; readonly zones: readonly ZoneEvidence[]; readonly now: Date },
): CheckResult {
  const { zones, unchecked, refused, now } = evidence
  const found = zones.map(mismatch).find((it) => it !== undefined) ?? timeTrouble([unchecked, ...answersOf(zones)], now)
  const why = found?.why ?? refused.trouble ?? 'the signatures are invalid'
  const hint = found?.hint ?? 'Use a DNSSEC tool such as delv(1) to find the broken link of the chain of trust.'
  return { status: 'fail', reason: `validation of ${name} (${type}) failed: ${why}`, hint, facts: [] }
}

interface Trouble {
  readonly why: string
  readonly hint: string
}

function mismatch({ zone, keys, digests }: ZoneEvidence): Trouble | undefined {
  if (keys === undefined || digests === undefined || keyDigestsIn(digests).length === 0) return undefined
  const hint = `Publish a DS record at the parent of ${zone} for a key that is in the zone and signs it.`
  const tags = keyDigestsIn(digests).map(({ keyTag }) => keyTag)
  const own = zoneKeysIn(keys)
  if (own.length === 0) return { why: `the parent has a DS record for ${zone}, but the zone has no key`, hint }
  if (confirmedTags(keys, digests).length > 0) return undefined
  const keyTags = own.map(({ tag }) => tag)
  return { why: `no key of ${zone} (${keyTags.join(', ')}) matches the DS records at its parent (${tags.join(', ')})`, hint }
}

function timeTrouble(answers: readonly DnsAnswer[], now: Date): Trouble | undefined {
  for (const answer of answers) {
    const ended = signatureEnds(answer).find(({ endMs }) => endMs < now.getTime())
    if (ended !== undefined)
      return { why: describeEnd(ended, ended.endMs - now.getTime()), hint: `Sign the zone ${ended.zone} again, and check why its signer did not.` }
    const early = signaturesIn(answer).find(({ inceptionMs }) => inceptionMs > now.getTime())
    if (early !== undefined)
      return {
        why: `the signature of the ${early.covered} records of ${early.owner} is not valid yet; it starts in ${formatDuration(early.inceptionMs - now.getTime())}`,
        hint: `Check the clock of the signer of ${early.zone} and the clock of this host.`,
      }
  }
  return undefined
}

function answersOf(zones: readonly ZoneEvidence[]): readonly DnsAnswer[] {
  return zones.flatMap(({ keys, digests }) => [keys, digests]).filter((it) => it !== undefined)
}
