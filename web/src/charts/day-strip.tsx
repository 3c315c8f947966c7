import type { z } from 'zod'
import type { Days } from '../../../src/api/schema/hosts.ts'
import { useMessages } from '../i18n/language.tsx'

const HEIGHT = 20
const STEP = 4
const WIDTH = 3

/** From where each state's bar begins: what is bad is higher, so that it is seen without colour. */
const TOPS: Readonly<Record<string, number>> = { g: 12, w: 6, f: 0, '-': 18, '?': 18 }
const CLASSES: Readonly<Record<string, string>> = { g: 'g', w: 'w', f: 'f', '-': 'none', '?': 'unknown' }

interface StripProps {
  readonly days: z.output<typeof Days>
  readonly name: string
  /** The newest so many. */
  readonly count?: number
}

/** One bar a day, oldest first. One path a state, however many days there are: a list has thousands. */
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
