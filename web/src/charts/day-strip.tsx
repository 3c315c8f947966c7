import type { z } from 'zod'
import type { Days } from '../../../src/api/schema/hosts.ts'
import { useMessages } from '../i18n/language.tsx'

const HEIGHT = 20
const STEP = 4
const WIDTH = 3

/** The upper end of each state's bar: worse states are higher, so that they can be distinguished without colour. */
const TOPS: Readonly<Record<string, number>> = { g: 12, w: 6, f: 0, '-': 18, '?': 18 }
const CLASSES: Readonly<Record<string, string>> = { g: 'g', w: 'w', f: 'f', '-': 'none', '?': 'unknown' }

interface StripProps {
  readonly days: z.output<typeof Days>
  readonly name: string
  /** Displays only this number of the newest days. */
  readonly count?: number
}

/** One bar per day, oldest first. One path per state, independent of the number of days, because a list has thousands of rows. */
export function DayStrip({ days, name, count = 42 }: StripProps) {
  const { hosts } = useMessages()
  const states = days.states.slice(-count).padStart(count, '-')
  const of = (letter: string) => [...states].filter((it) => it === letter).length
  const label = hosts.days(name, of('g'), of('f'), of('w'))
  return (
    <svg className="strip" viewBox={`0 0 ${count * STEP} ${HEIGHT}`} width={count * STEP} height={HEIGHT} role="img" aria-label={label}>
      {['g', 'w', 'f', '-', '?'].map((letter) => (
        <path key={letter} className={CLASSES[letter]} d={bars(states, letter)} />
      ))}
    </svg>
  )
}

function bars(states: string, letter: string): string {
  const top = TOPS[letter] ?? 0
  return [...states].map((it, index) => (it === letter ? `M${index * STEP} ${top}h${WIDTH}V${HEIGHT}h-${WIDTH}z` : '')).join('')
}
