import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Host } from '../../../src/api/schema/hosts.ts'
import type { TaskDay } from '../../../src/api/schema/tasks.ts'
import { useMessages } from '../i18n/language.tsx'
import type { StateName } from '../ui/state.tsx'
import { type DayCell, WEEKS, yearCells } from './year-cells.ts'

const CELL = 12

/** The size of the mark in the cell: worse states have larger marks, so that they can be distinguished without colour. */
const SIZES: Readonly<Record<string, number>> = { g: 6, w: 9, f: 11, '-': 2, '?': 4 }
const CLASSES: Readonly<Record<string, string>> = { g: 'g', w: 'w', f: 'f', '-': 'none', '?': 'unknown' }
const STATES: Readonly<Record<string, StateName>> = { g: 'ok', w: 'warning', f: 'failed', '?': 'unknown' }

interface YearProps {
  readonly days: Host['days']
  readonly host: string
  readonly task: string
  /** Undefined until loaded. */
  readonly rows: readonly TaskDay[] | undefined
}

/** A year, one cell per day, one column per week, starting on Monday. A day links to its runs. */
export function YearMap({ days, host, task, rows }: YearProps) {
  const messages = useMessages()
  const cells = useMemo(() => yearCells(days, rows), [days, rows])
  const known = useMemo(() => new Map(rows?.map((it) => [it.day, it])), [rows])
  const bad = cells.filter((it) => it.letter === 'f' || it.letter === 'w')
  const of = (letter: string) => cells.filter((it) => it.letter === letter).length
  const nameOf = ({ day, letter }: DayCell) => {
    const state = STATES[letter]
    if (state === undefined) return messages.host.yearNone(day)
    const runs = known.get(day)?.runs
    return messages.host.yearCell(day, messages.states[state], runs === undefined ? undefined : messages.common.runs(runs))
  }
  return (
    <figure>
      <figcaption className="small muted">{messages.host.year}</figcaption>
      <svg
        className="strip year"
        viewBox={`0 0 ${WEEKS * CELL} ${7 * CELL}`}
        role="img"
        aria-busy={rows === undefined}
        aria-label={messages.hosts.days(task, of('g'), of('f'), of('w'))}
      >
        {cells.map((it) => (
          <rect key={it.day} className={CLASSES[it.letter]} {...place(it)} rx={1.5}>
            <title>{nameOf(it)}</title>
          </rect>
        ))}
      </svg>
      {bad.length > 0 && (
        <details className="small">
          <summary className="muted">
            {messages.states.failed} {of('f')} · {messages.states.warnings} {of('w')}
          </summary>
          <ul className="days-list">
            {bad
              .toReversed()
              .slice(0, 60)
              .map((it) => (
                <li key={it.day}>
                  <Link to="/hosts/$host" params={{ host }} search={{ tab: 'runs', task, day: it.day }}>
                    {nameOf(it)}
                  </Link>
                </li>
              ))}
          </ul>
        </details>
      )}
    </figure>
  )
}

function place({ letter, column, row }: DayCell) {
  const size = SIZES[letter] ?? 2
  const edge = (CELL - size) / 2
  return { x: column * CELL + edge, y: row * CELL + edge, width: size, height: size }
}
