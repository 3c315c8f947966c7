import { createHash } from 'node:crypto'
import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { LEASE } from './lease-time.ts'
import { type MarkerDeps, type MarkerOwner, readMarker, readText } from './markers.ts'
import { isUnchanged } from './observations.ts'
import type { Mark, Marks } from './set-markers.ts'

/** Who judges, and by which time. */
export interface Judging {
  readonly storage: Storage
  readonly deps: MarkerDeps
  /** A moment of the store's own clock, not later than now: when a mark of ours was put. Absent where the storage tells no times. */
  readonly storeNow?: Date | undefined
}

/** More of them in one set were not put by us. */
const MOST_RUNS = 100
const MIN_TERM_MS = 60_000
const MAX_TERM_MS = 24 * 3600_000

/**
 * Whether every run that has a mark in the set, but for those named, is over: proven dead, or its lease not renewed for its term. That is measured by the
 * store's clock alone, or by ours alone; times of two clocks are never compared.
 */
export async function areOver(
  judging: Judging,
  { name, marks, except }: { readonly name: string; readonly marks: Marks; readonly except: readonly Key[] },
  call: OperationContext,
): Promise<boolean> {
  const { begin, lease, sweep, tombstone } = marks
  const judged = [
    ...begin.map((mark) => ({ mark, sign: lease.find(({ run }) => run === mark.run) ?? mark })),
    // Who removes goes on by what it has seen, and would remove what comes in its place.
    ...[...sweep, ...tombstone].map((mark) => ({ mark, sign: mark })),
  ].filter(({ mark }) => !except.includes(mark.key))
  if (judged.length > MOST_RUNS) return false
  for (const it of judged) if (!(await isOver(judging, { name, ...it }, call))) return false
  return true
}

/** `mark`: who it is. `sign`: its last sign of life. */
export async function isOver(
  judging: Judging,
  { name, mark, sign }: { readonly name: string; readonly mark: Mark; readonly sign: Mark },
  call: OperationContext,
): Promise<boolean> {
  const { storage, deps } = judging
  const owner = await readMarker(storage, mark.key, call)
  // Tombstones of earlier versions have no lease: what they decided stays decided.
  const isDecided = mark.run === ''
  if (owner === undefined) return isDecided
  if (deps.isDead(owner)) return true
  if (deps.isAlive?.(owner) === true) return false
  const termMs = termOf(owner)
  return termMs === undefined ? isDecided : isUnrenewed(judging, { name, sign, termMs }, call)
}

/**
 * Whether a run that removed something under its `sweep` mark is over, and all its removals have arrived: a request that was sent before the run died may be
 * on its way still. So it does not help to know that its process has ended; only the age of the mark counts.
 */
export async function isSettled(
  judging: Judging,
  { name, mark }: { readonly name: string; readonly mark: Mark },
  call: OperationContext,
): Promise<boolean> {
  const owner = await readMarker(judging.storage, mark.key, call)
  if (owner === undefined || (!judging.deps.isDead(owner) && judging.deps.isAlive?.(owner) === true)) return false
  return isUnrenewed(judging, { name, sign: mark, termMs: termOf(owner) ?? LEASE.termMs }, call)
}

async function isUnrenewed(
  { storage, deps, storeNow }: Judging,
  { name, sign, termMs }: { readonly name: string; readonly sign: Mark; readonly termMs: number },
  call: OperationContext,
): Promise<boolean> {
  if (storeNow !== undefined && sign.modified !== undefined) return storeNow.getTime() - sign.modified.getTime() >= termMs
  const text = await readText(storage, sign.key, call)
  if (text === undefined) return false
  return isUnchanged(storage, { name, what: sign.key, value: digestOf(text), termMs, deps }, call)
}

/** Undefined for who renews nothing, and for what cannot be meant. */
function termOf({ leaseSeconds }: MarkerOwner): number | undefined {
  const termMs = Number(leaseSeconds) * 1000
  return termMs >= MIN_TERM_MS && termMs <= MAX_TERM_MS ? termMs : undefined
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
