import type { DnssecCheck } from '../../plan/check.ts'
import type { CheckContext } from '../check-deps.ts'
import { type CheckResult, joinResults } from '../check-result.ts'
import { type DnssecQuery, decideBogus, decideValidated } from './decide-dnssec.ts'
import { type DnsAnswer, signaturesIn } from './dig-answer.ts'
import { openResolver, type Resolver } from './query-resolver.ts'
import type { ZoneEvidence } from './signature-ends.ts'

interface QueryDeps {
  readonly check: DnssecCheck
  readonly resolver: Resolver
  readonly now: () => Date
}

const AT_ONCE = 4

/** Queries a validating resolver for every name and type. The resolver validates; this check reports why validation failed, and how long it will succeed. */
export async function checkDnssec(check: DnssecCheck, context: CheckContext): Promise<CheckResult> {
  const deps: QueryDeps = { check, resolver: openResolver(check, context), now: context.clock }
  const questions = check.names.flatMap((name) => check.types.map((type) => ({ name, type })))
  const results: CheckResult[] = []
  for (let done = 0; done < questions.length; done += AT_ONCE)
    results.push(...(await Promise.all(questions.slice(done, done + AT_ONCE).map((question) => checkZone(question, deps)))))
  const [only] = results
  return joinResults(
    results,
    results.length === 1 && only ? only.reason : `all ${results.length} answers are validated, and no signature expires soon`,
  )
}

async function checkZone(query: DnssecQuery, deps: QueryDeps): Promise<CheckResult> {
  const { resolver, check, now } = deps
  const reply = await resolver.query(query)
  if (reply.kind === 'silence') return silent(query, `no answer from ${resolver.label}: ${reply.why}`)
  const { answer } = reply
  const title = `${query.name} (${query.type})`
  if (answer.status === 'SERVFAIL') return await checkRefused(query, answer, deps)
  if (answer.status === 'NXDOMAIN')
    return { status: 'fail', reason: `name ${query.name} not found`, hint: 'Correct the name, or the zone.', facts: [] }
  if (answer.status !== 'NOERROR') return silent(query, `${resolver.label} returned ${answer.status}`)
  if (!answer.records.some(({ type }) => type === query.type))
    return { status: 'fail', reason: `records not found: ${title}`, hint: 'Set "type" to a type of records that the name has.', facts: [] }
  if (!answer.isValidated) return await checkUnvalidated(query, answer, deps)
  return decideValidated(query, { answer, zones: await evidenceOf(signersOf(answer), { resolver, isUnchecked: false }), now: now() }, check)
}

/** SERVFAIL: the signatures are invalid, or the servers of the zone do not answer. In the first case, an unchecked query is answered. */
async function checkRefused(query: DnssecQuery, refused: DnsAnswer, { resolver, now }: QueryDeps): Promise<CheckResult> {
  const reply = await resolver.query({ ...query, isUnchecked: true })
  if (reply.kind === 'silence') return silent(query, `no answer from ${resolver.label}: ${reply.why}`)
  const { answer: unchecked } = reply
  if (unchecked.status === 'SERVFAIL' || unchecked.status === 'REFUSED') {
    const why = refused.trouble ?? unchecked.trouble
    return silent(query, `${resolver.label} received no answer from the servers of the zone${why === undefined ? '' : ` (${why})`}`)
  }
  const signers = signersOf(unchecked)
  const zones = await evidenceOf(signers.length > 0 ? signers : await vouchedFor(query.name, resolver), { resolver, isUnchecked: true })
  return decideBogus(query, { refused, unchecked, zones, now: now() })
}

/** No AD: the zone is not signed, or has no chain of trust; or the resolver does not validate at all, which a query for the root zone shows. */
async function checkUnvalidated({ name, type }: DnssecQuery, answer: DnsAnswer, { resolver }: QueryDeps): Promise<CheckResult> {
  const root = await resolver.query({ name: '.', type: 'SOA' })
  if (root.kind === 'silence' || !root.answer.isValidated)
    return {
      status: 'unknown',
      reason: `${resolver.label} does not validate DNSSEC`,
      hint: 'Set "resolver" to a validating one, such as a local unbound. No server in between may change its answers.',
      facts: [],
    }
  const zone = signaturesIn(answer)[0]?.zone
  if (zone === undefined)
    return { status: 'fail', reason: `${name} (${type}) is not signed`, hint: 'Sign its zone, and publish the DS record at the parent.', facts: [] }
  const digests = await resolver.query({ name: zone, type: 'DS' })
  const isMissing = digests.kind === 'answer' && !digests.answer.records.some((it) => it.type === 'DS')
  return {
    status: 'fail',
    reason: `${name} (${type}) is signed, but ${isMissing ? `the parent of ${zone} has no DS record for it` : `${zone} has no chain of trust`}`,
    hint: isMissing
      ? `Publish the DS record of its key at the parent of ${zone}.`
      : 'A zone above it is not signed, or uses an algorithm that the resolver does not support.',
    facts: [],
  }
}

function silent({ name, type }: DnssecQuery, why: string): CheckResult {
  const hint = 'Check the resolver, the network and the servers of the zone.'
  return { status: 'unknown', reason: `${name} (${type}): ${why}`, hint, facts: [] }
}

// An honest answer does not have more zones.
const MAX_ZONES = 8

/** The zones that signed an answer. */
function signersOf(answer: DnsAnswer): readonly string[] {
  return [...new Set(signaturesIn(answer).map(({ zone }) => zone))].slice(0, MAX_ZONES).filter(isQueryable)
}

/** For unsigned names: the nearest name from this one upwards for which a parent has DS records. */
async function vouchedFor(name: string, resolver: Resolver): Promise<readonly string[]> {
  for (let zone = name; zone.includes('.') && zone !== '.'; zone = zone.slice(zone.indexOf('.') + 1)) {
    const reply = await resolver.query({ name: zone, type: 'DS', isUnchecked: true })
    if (reply.kind === 'answer' && reply.answer.records.some(({ type }) => type === 'DS')) return [zone]
  }
  return []
}

/** The keys of zones, and the DS records of their parents. */
function evidenceOf(
  zones: readonly string[],
  { resolver, isUnchecked }: { readonly resolver: Resolver; readonly isUnchecked: boolean },
): Promise<readonly ZoneEvidence[]> {
  return Promise.all(
    zones.map(async (zone) => {
      const [keys, digests] = await Promise.all([
        resolver.query({ name: zone, type: 'DNSKEY', isUnchecked }),
        zone === '.' ? undefined : resolver.query({ name: zone, type: 'DS', isUnchecked }),
      ])
      return { zone, ...(keys.kind === 'answer' && { keys: keys.answer }), ...(digests?.kind === 'answer' && { digests: digests.answer }) }
    }),
  )
}

// It comes from the network and becomes an argument of a program.
function isQueryable(zone: string): boolean {
  return zone === '.' || (zone.length <= 253 && /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/u.test(zone))
}
