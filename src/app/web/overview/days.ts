import type { RunState, RunSummary } from '../../../journal/run-record.ts'

/** The number of days in the small chart of a task. */
export const SHOWN_DAYS = 42

/** The day as `YYYY-MM-DD` in the time zone of this host. */
export function dayOf(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((it) => String(it).padStart(2, '0')).join('-')
}

/** The days up to this one, oldest first. Computed with the calendar: a day can have 23 or 25 hours. */
export function daysUntil(now: Date, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - (count - 1 - index), 12)))
}

const RANK: Readonly<Record<RunState, number>> = { locked: 0, running: 1, ok: 2, warnings: 3, partial: 4, interrupted: 5, killed: 6, failed: 7 }

/** The worst of these states. */
export function worstOf(states: readonly RunState[]): RunState {
  return states.reduce<RunState>((worst, state) => (RANK[state] > RANK[worst] ? state : worst), 'locked')
}

/** The worst state of each day as one letter, oldest day first: `g` good, `w` warning, `f` failed, `-` no run. */
export function lettersOf(runs: readonly RunSummary[], days: readonly string[]): string {
  const byDay = Map.groupBy(runs, ({ began }) => dayOf(began))
  return days.map((day) => letterOf(worstOf((byDay.get(day) ?? []).map(({ state }) => state)))).join('')
}

function letterOf(state: RunState): string {
  if (state === 'ok') return 'g'
  if (state === 'warnings' || state === 'partial') return 'w'
  return state === 'locked' || state === 'running' ? '-' : 'f'
}
