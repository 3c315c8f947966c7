import { hostname } from 'node:os'
import { compareWithRecords, type Recorded } from '../../backup/evidence/compare-published.ts'
import { type EvidenceLog, keepEvidence } from '../../backup/evidence/evidence-log.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import { preferOwn, wasPublished } from '../../backup/set/standing.ts'
import type { OnReadProgress } from '../../backup/store/read-progress.ts'
import { wasRemoved } from '../../backup/store/was-removed.ts'
import { type VerifyOptions, type VerifyResult, verifySet } from '../../backup/verify/verify-set.ts'
import type { CheckRecord } from '../../journal/run-record.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { OwnedTarget } from '../../plan/steps/sets-of.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal, whoStarted } from '../host/host-journal.ts'
import { openEvidence } from '../host/open-evidence.ts'
import { eachRequestedStore } from './each-set-store.ts'
import { openVerification, type VerificationOptions } from './open-verification.ts'
import { isSound, type SetLocation, type SetVerification } from './set-verification.ts'
import type { SetsRequest } from './sets-request.ts'
import { levelOf, verificationOf } from './verification-evidence.ts'

export interface VerifyRequest extends SetsRequest {
  /** A name, `latest` or `all`. */
  readonly set: string
  readonly reading: VerificationOptions
}

/** Called during verification. */
export interface VerifyObserver {
  onBegin(set: string, storage: string): void
  /** Absent: the progress is not shown. */
  readonly onProgress?: OnReadProgress | undefined
  onVerified(verification: SetVerification, place: SetLocation): void
  /** Instead of `onVerified`: another process, such as a rotation, has removed the set, which had been selected with others. */
  onRemoved(set: string, storage: string): void
  /** A storage that should have sets but has none to verify, reported after all others. */
  onEmpty(error: AppError, place: SetLocation): void
}

class NothingToVerify extends AppError {
  readonly code = 'cli/nothing-to-verify'
}

/**
 * Reads the selected sets and compares them with their manifests; each verification is also recorded in the journal. Resolves with whether everything was
 * good and every storage had a set. Rejects with `cli/nothing-to-verify` if no such set exists.
 */
export async function verifySets(request: VerifyRequest, observer: VerifyObserver, host: Host): Promise<boolean> {
  const { plan, set: wanted } = request
  const empty: SetLocation[] = []
  let checked = 0
  let isGood = true
  const journal = openHostJournal(host)
  const evidence = openEvidence(journal, host)
  const reading = await openVerification(request.reading, plan, host)
  const verifyStore = async (sets: SetStore, owned: OwnedTarget) => {
    let began = host.clock()
    const before = checked
    const place = { owned, storage: sets.label }
    const options = { ...reading.optionsFor(owned), ...(observer.onProgress && { onProgress: observer.onProgress }) }
    const call = { signal: host.signals.stop }
    const checks = { wanted, options, observer, call, evidence, step: owned.step.name }
    for await (const { verification, recorded } of verificationsOn(reading.pace(sets), checks)) {
      checked += 1
      isGood &&= isSound(verification)
      observer.onVerified(verification, place)
      const ended = host.clock()
      await journal.record(recordOf(verification, { ...place, began, ended, ...whoStarted(host), isDeep: request.reading.isDeep }))
      const facts = verificationOf(verification, { ...place, began, ended, manifest: recorded?.manifest ?? null, level: levelOf(request.reading) })
      const note = await keepEvidence(evidence, { sets, facts }, call)
      for (const text of [...(recorded?.notes ?? []), ...(note === undefined ? [] : [note])]) host.note(text)
      began = host.clock()
    }
    if (checked === before && isEverySet(wanted)) empty.push(place)
  }
  let isRead: boolean
  try {
    isRead = await eachRequestedStore(request, host, verifyStore)
  } finally {
    await reading.close()
    await journal.close()
  }
  if (host.signals.stop.aborted) return false
  if (checked === 0 && isRead && empty.length === 0) throw nothingFound(wanted)
  for (const place of empty) observer.onEmpty(noSetAt(place), place)
  return isGood && isRead && empty.length === 0
}

function noSetAt({ owned: { task }, storage }: SetLocation): NothingToVerify {
  return new NothingToVerify(`no set of the task "${printable(task)}" found on "${storage}"`, {
    hint: `Run "run ${task}" to make or copy one; see "sets" for the existing sets.`,
  })
}

function isEverySet(wanted: string): boolean {
  return wanted === 'latest' || wanted === 'all'
}

function nothingFound(wanted: string): NothingToVerify {
  const what = isEverySet(wanted) ? 'no sets to verify' : `unknown set "${printable(wanted)}"`
  return new NothingToVerify(what, { hint: 'See "sets" for the existing sets; "run" makes a new one.' })
}

interface Wanted {
  readonly wanted: string
  readonly call: OperationContext
  readonly options: VerifyOptions
  readonly observer: VerifyObserver
  readonly evidence: EvidenceLog
  /** The backup step. */
  readonly step: string
}

interface Checked {
  readonly verification: SetVerification
  /** Absent if the set could not be read. */
  readonly recorded?: Recorded
}

async function* verificationsOn(sets: SetStore, checks: Wanted): AsyncGenerator<Checked> {
  const { wanted, call, observer } = checks
  for (const set of await namesOf(sets, wanted, call)) {
    observer.onBegin(set, sets.label)
    const checked = await verificationOn(sets, set, checks)
    // All sets may take hours, in which a run rotates them.
    if (!isSound(checked.verification) && isEverySet(wanted) && (await wasRemoved(sets, set, call))) observer.onRemoved(set, sets.label)
    else yield checked
  }
}

async function verificationOn(sets: SetStore, set: string, { call, options, evidence, step }: Wanted): Promise<Checked> {
  try {
    const verification = await verifySet(sets, set, call, options)
    const recorded = await compareWithRecords(evidence, { sets, set, step }, call)
    return { verification: withProblem(verification, recorded.problem), recorded }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { verification: { set, error } }
  }
}

function withProblem(verification: VerifyResult, problem: string | undefined): VerifyResult {
  if (problem === undefined) return verification
  const path = 'manifest.json'
  return { ...verification, problems: [...verification.problems, { kind: 'digest', path, message: `"${verification.set}" ${problem}` }] }
}

async function namesOf(sets: SetStore, wanted: string, call: OperationContext): Promise<readonly string[]> {
  const present = await sets.list(call)
  if (!isEverySet(wanted)) return present.map(({ name }) => name).filter((name) => name === wanted)
  const published = present.filter(wasPublished)
  return (wanted === 'all' ? published : preferOwn(published).slice(-1)).map(({ name }) => name)
}

/** Whether the contents of an object could not be read, because its key is missing. */
export function isChecksumOnly({ warnings = [] }: Pick<VerifyResult, 'warnings'>): boolean {
  return warnings.some((text) => text.startsWith('checksum only'))
}

type Verified = SetLocation & Pick<CheckRecord, 'began' | 'ended' | 'startedBy' | 'user'> & { readonly isDeep: boolean | undefined }

function recordOf(verification: SetVerification, { owned, isDeep, ...what }: Verified): CheckRecord {
  const found = 'error' in verification ? {} : { objects: verification.objects, bytes: verification.bytes }
  const problems = 'error' in verification ? [messageOf(verification.error)] : verification.problems.map(({ message }) => message)
  const place = { task: owned.task, step: owned.step.name, set: verification.set, host: hostname() }
  const outcome =
    isDeep && !('error' in verification) ? { outcome: isChecksumOnly(verification) ? ('checksum-only' as const) : ('read' as const) } : {}
  return { kind: 'verify', ...place, ...what, ...found, good: isSound(verification), ...outcome, problems }
}
