/** What a trigger file says: how the runs that write it have ended lately. */
export type TriggerState = 'SUCCESS' | 'WARNING' | 'ERROR'

/** The file as it is now. */
export interface TriggerFile {
  readonly state: TriggerState
  /** Since it was written last; infinite when there is none. */
  readonly ageMs: number
}

/** How long a bad state stays, whatever later runs report, so that a check every few hours sees it. */
export const TRIGGER_STALE_MS = 5 * 60 * 60 * 1000

const RANK: Readonly<Record<TriggerState, number>> = { SUCCESS: 0, WARNING: 1, ERROR: 2 }

/** What the text of a trigger file means. A crontab line writes `ERROR` with a line end; what is no state counts as good. */
export function parseTrigger(text: string): TriggerState {
  const word = text.trim()
  return word === 'WARNING' || word === 'ERROR' ? word : 'SUCCESS'
}

/** What to write when a run has nothing bad to say; undefined: the file stays as it is, since another run's bad state is still fresh. */
export function afterNothingBad({ state, ageMs }: TriggerFile): TriggerState | undefined {
  return state === 'SUCCESS' || ageMs >= TRIGGER_STALE_MS ? 'SUCCESS' : undefined
}

/** What to write when a run, whose worst so far is `worst`, says something bad; undefined: the file says worse, and is fresh. */
export function afterBad({ state, ageMs }: TriggerFile, worst: 'WARNING' | 'ERROR'): TriggerState | undefined {
  return RANK[worst] >= RANK[state] || ageMs >= TRIGGER_STALE_MS ? worst : undefined
}
