import { memo } from 'react'
import { readSgr, type Span } from './sgr.ts'

/** A line of output, with its colours and with the matches of the search highlighted. */
export const SgrText = memo(function SgrText({ text, find = '' }: { text: string; find?: string }) {
  return markIn(readSgr(text), find).map(({ text: piece, look, isFound, at }) =>
    isFound ? (
      <mark key={at} className={look}>
        {piece}
      </mark>
    ) : (
      <span key={at} className={look || undefined}>
        {piece}
      </span>
    ),
  )
})

interface Piece extends Span {
  readonly isFound: boolean
  readonly at: number
}

/** Splits the spans at the beginning and the end of each match; a match can extend over several spans. */
function markIn(spans: readonly Span[], find: string): readonly Piece[] {
  const whole = spans.map((it) => it.text).join('')
  const marks = find === '' ? [] : matchesIn(whole.toLowerCase(), find.toLowerCase())
  const cuts = marks.flat()
  let start = 0
  return spans.flatMap((span) => {
    const end = start + span.text.length
    const edges = [start, ...cuts.filter((it) => it > start && it < end), end]
    const pieces = edges.slice(0, -1).map((from, index) => {
      const to = edges[index + 1] ?? end
      const isFound = marks.some(([first, last]) => from >= first && to <= last)
      return { text: whole.slice(from, to), look: span.look, isFound, at: from }
    })
    start = end
    return pieces
  })
}

function matchesIn(text: string, find: string): readonly (readonly [number, number])[] {
  const found: [number, number][] = []
  for (let at = text.indexOf(find); at >= 0 && found.length < 100; at = text.indexOf(find, at + find.length)) found.push([at, at + find.length])
  return found
}
