import type { DrillLevel } from '../../plan/steps/drill-step.ts'

/**
 * The end of a drill. `proven`: restored, and everything that was compared is as it was dumped. `failed`: it cannot be restored, or what is restored differs.
 * `inconclusive`: it could not be tried, which is no evidence about the backup.
 */
export type DrillEnd = 'proven' | 'failed' | 'inconclusive'

/** `read`: it was only read, and everything that was compared is as recorded. That it can be restored is not proven. */
export type ObjectEnd = DrillEnd | 'read'

export interface ObjectDrill {
  readonly path: string
  readonly end: ObjectEnd
  /** Where it was restored, in words. Absent: it was only read. */
  readonly into?: string
  /** Why it is not proven, each as the rest of a sentence that begins with its name. */
  readonly reasons: readonly string[]
  /** What was compared. */
  readonly asked: readonly string[]
  /** What was not checked. */
  readonly notAsked: readonly string[]
  /** Without filters. */
  readonly bytes: number
  readonly durationMs: number
  /** Until the data was restored: decrypted, unpacked and loaded. */
  readonly restoredMs?: number
  /** When it was drilled, by a drill that was interrupted (ISO 8601). Absent: by this one. */
  readonly answered?: string
}

export interface DrillResult {
  readonly set: string
  readonly end: DrillEnd
  readonly level: DrillLevel
  readonly objects: readonly ObjectDrill[]
  /** What its manifest notes, although it may be proven. Absent: nothing. */
  readonly warnings?: readonly string[]
}

/** `failed` if anything failed; otherwise `inconclusive` if something could not be tried, or nothing was restored. */
export function endOf(objects: readonly ObjectDrill[]): DrillEnd {
  if (objects.some(({ end }) => end === 'failed')) return 'failed'
  const isWhole = objects.every(({ end }) => isGood(end)) && objects.some(({ into }) => into !== undefined)
  return isWhole ? 'proven' : 'inconclusive'
}

/** Nothing of an object with this end differs, and everything that was to be tried was tried. */
export function isGood(end: ObjectEnd): boolean {
  return end === 'proven' || end === 'read'
}
