/** The state in a trigger file: the results of recent runs. */
export type TriggerState = 'SUCCESS' | 'WARNING' | 'ERROR'

/** The current contents of the file. */
export interface TriggerFile {
  readonly state: TriggerState
  /** The time since it was last written; infinite if it does not exist. */
  readonly ageMs: number
}

/** How long a bad state is kept regardless of later runs, so that a check every few hours notices it. */
export const TRIGGER_STALE_MS = 5 * 60 * 60 * 1000

const RANK: Readonly<Record<TriggerState, number>> = { SUCCESS: 0, WARNING: 1, ERROR: 2 }

/** The meaning of the text in a trigger file. A crontab line writes `ERROR` with a line end; unknown text counts as good. */
export function parseTrigger(text: string): TriggerState {
  const word = text.trim()
  return word === 'WARNING' || word === 'ERROR' ? word : 'SUCCESS'
}

/** The state to write when a run has nothing bad to report; undefined: the file is not changed, because the bad state of another run is still recent. */
export function afterNothingBad({ state, ageMs }: TriggerFile): TriggerState | undefined {
  return state === 'SUCCESS' || ageMs >= TRIGGER_STALE_MS ? 'SUCCESS' : undefined
}

/** The state to write when a run, whose worst state so far is `worst`, reports a problem; undefined: the file contains a worse one that is still recent. */
export function afterBad({ state, ageMs }: TriggerFile, worst: 'WARNING' | 'ERROR'): TriggerState | undefined {
  return RANK[worst] >= RANK[state] || ageMs >= TRIGGER_STALE_MS ? worst : undefined
}
