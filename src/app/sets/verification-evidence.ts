import type { EvidenceFacts } from '../../backup/evidence/evidence-record.ts'
import { messageOf } from '../../lib/errors.ts'
import type { VerificationOptions } from './open-verification.ts'
import { isSound, type SetLocation, type Verdict } from './verdict.ts'

interface VerificationContext extends SetLocation {
  readonly began: Date
  readonly ended: Date
  readonly manifest: string | null
  readonly level: string
}

// A set can have very many objects; the digest of the manifest covers all of them.
const MOST_LISTED = 100

/** The record of a verification. */
export function verificationOf(verdict: Verdict, { owned, storage, began, ended, manifest, level }: VerificationContext): EvidenceFacts {
  const place = { task: owned.task, step: owned.step.name, storage, set: verdict.set }
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  const end = isSound(verdict) ? 'good' : 'bad'
  const facts = { kind: 'verify' as const, ...place, manifest, ...times, end, level }
  if ('error' in verdict) return { ...facts, problems: [messageOf(verdict.error)], objects: [] }
  const { problems, warnings = [], unchecked = [] } = verdict
  return {
    ...facts,
    problems: [...problems.map(({ message }) => message), ...warnings].slice(0, MOST_LISTED),
    objects: unchecked.slice(0, MOST_LISTED).map((path) => ({ path, notAsked: ['contents'] })),
  }
}

/** In words. */
export function levelOf({ percent, isDeep }: VerificationOptions): string {
  return `${isDeep ? 'contents' : 'stored bytes'}${percent === undefined ? '' : ` of a sample of ${percent} %`}`
}
