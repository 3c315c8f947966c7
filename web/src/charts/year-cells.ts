import type { Host } from '../../../src/api/schema/hosts.ts'
import type { TaskDay } from '../../../src/api/schema/tasks.ts'

export const WEEKS = 53
const DAY_MS = 86_400_000

/** One day of a year: its state as a letter of `Days`, and its cell, one column per week, starting on Monday. */
export interface DayCell {
  readonly day: string
  readonly letter: string
  readonly column: number
  readonly row: number
}

/** The days of a year, oldest first. Until `rows` are loaded, earlier days are "?", not days without runs. */
export function yearCells({ from, states }: Host['days'], rows: readonly TaskDay[] | undefined): readonly DayCell[] {
  const start = Date.parse(`${from}T00:00:00Z`)
  const end = start + (states.length - 1) * DAY_MS
  const weekday = (new Date(end).getUTCDay() + 6) % 7
  const known = rows && new Map(rows.map((it) => [it.day, letterOf(it.worst)]))
  return Array.from({ length: (WEEKS - 1) * 7 + weekday + 1 }, (_, index) => {
    const at = end - ((WEEKS - 1) * 7 + weekday - index) * DAY_MS
    const day = new Date(at).toISOString().slice(0, 10)
    const letter = known ? (known.get(day) ?? '-') : (states[Math.round((at - start) / DAY_MS)] ?? '?')
    return { day, letter, column: Math.floor(index / 7), row: index % 7 }
  })
}

function letterOf(worst: TaskDay['worst']): string {
  if (worst === 'ok') return 'g'
  if (worst === 'warnings' || worst === 'partial') return 'w'
  return worst === 'locked' || worst === 'running' ? '-' : 'f'
}
