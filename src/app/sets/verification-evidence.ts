import type { EvidenceFacts } from '../../backup/evidence/evidence-record.ts'
import { messageOf } from '../../lib/errors.ts'
import type { VerificationOptions } from './open-verification.ts'
import { isSound, type SetLocation, type SetVerification } from './set-verification.ts'

interface VerificationContext extends SetLocation {
  readonly began: Date
  readonly ended: Date
  readonly manifest: string | null
  readonly level: string
}

// A set can have very many objects; the digest of the manifest covers all of them.
const MOST_LISTED = 100

/** The record of a verification. */
export function verificationOf(verification: SetVerification, { owned, storage, began, ended, manifest, level }: VerificationContext): EvidenceFacts {
  const place = { task: owned.task, step: owned.step.name, storage, set: verification.set }
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  const end = isSound(verification) ? 'good' : 'bad'
  const facts = { kind: 'verify' as const, ...place, manifest, ...times, end, level }
  if ('error' in verification) return { ...facts, problems: [messageOf(verification.error)], objects: [] }
  const { problems, warnings = [], unchecked = [] } = verification
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
