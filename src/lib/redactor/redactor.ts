import { formsOf, MIN_CHARS } from './secret-forms.ts'

/** Replaces secrets in texts by "…", in all forms in which programs write them. */
export interface Redactor {
  /** Hides it from now on, also in pieces that have begun. */
  add(secret: string): void
  /** Whether there is nothing to hide. */
  isEmpty(): boolean
  hide(text: string): string
  /** The same for a text whose end was cut off: the beginning of a secret there is hidden, too. */
  hideCut(text: string): string
  /** For a text that arrives in pieces. */
  pieces(): PieceRedactor
}

/**
 * A text in pieces. Only the end of a piece that may be the beginning of a secret is held back, so that incomplete lines, such as questions, are passed on.
 */
export interface PieceRedactor {
  /** What of the text so far can be passed on now. */
  write(piece: string): string
  /** The held part, as it would be passed on now. The beginning of a secret, cut off at the end, is hidden, too. */
  held(): string
  /** The same, for the end of the text. */
  end(): string
}

export function openRedactor(secrets: Iterable<string> = []): Redactor {
  const known = new Set<string>()
  const forms = new Set<string>()
  let search: Search | undefined
  const current = () => {
    if (forms.size > 0) search ??= searchFor(forms)
    return search
  }
  const add = (secret: string) => {
    if (known.has(secret)) return
    known.add(secret)
    for (const form of formsOf(secret)) forms.add(form)
    search = undefined
  }
  for (const secret of secrets) add(secret)
  return {
    add,
    isEmpty: () => forms.size === 0,
    hide(text) {
      const finder = current()
      return finder === undefined ? text : replaceRanges(text, finder.find(text))
    },
    hideCut(text) {
      const pieces = redactPieces(current)
      return `${pieces.write(text)}${pieces.end()}`
    },
    pieces: () => redactPieces(current),
  }
}

function redactPieces(current: () => Search | undefined): PieceRedactor {
  let waiting = ''
  const held = () => {
    const search = current()
    if (search === undefined) return waiting
    const cut = { from: search.beginning(waiting), to: waiting.length }
    return replaceRanges(waiting, [...search.find(waiting), ...(cut.to - cut.from >= MIN_CHARS ? [cut] : [])])
  }
  return {
    write(piece) {
      const search = current()
      const text = waiting === '' ? piece : waiting + piece
      waiting = ''
      if (search === undefined) return text
      const ranges = search.find(text)
      // A secret that is complete, but may be the beginning of a longer one, is held back completely.
      let end = search.beginning(text)
      for (let at = ranges.length - 1; at >= 0; at--) {
        const range = ranges[at]
        if (range !== undefined && range.from < end && range.to > end) end = range.from
      }
      waiting = text.slice(end)
      return replaceRanges(
        text.slice(0, end),
        ranges.filter(({ to }) => to <= end),
      )
    },
    held,
    end() {
      const rest = held()
      waiting = ''
      return rest
    },
  }
}

interface Range {
  readonly from: number
  readonly to: number
}

interface Search {
  /** All forms in the text, in their order. */
  find(text: string): readonly Range[]
  /** Where the text's end begins that may be the beginning of a form; its length if there is none. */
  beginning(text: string): number
}

function searchFor(forms: ReadonlySet<string>): Search {
  // In this order, a form precedes its own prefixes. Without the flag "u": a search can continue inside a pair of surrogates.
  const sorted = [...forms].toSorted().toReversed()
  const any = new RegExp(sorted.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')).join('|'), 'g')
  const longest = sorted.reduce((most, { length }) => Math.max(most, length), 0)
  const byFirst = Map.groupBy(sorted, (form) => form.charAt(0))
  return {
    find(text) {
      const ranges: Range[] = []
      any.lastIndex = 0
      for (let match = any.exec(text); match !== null; match = any.exec(text)) {
        ranges.push({ from: match.index, to: match.index + match[0].length })
        // Another one may begin inside of it.
        any.lastIndex = match.index + 1
      }
      return ranges
    },
    beginning(text) {
      for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
        const mayBegin = byFirst.get(text.charAt(at))
        if (mayBegin?.some((form) => form.length > text.length - at && form.startsWith(text.slice(at)))) return at
      }
      return text.length
    },
  }
}

/** Ranges that overlap or touch become one "…". */
function replaceRanges(text: string, ranges: readonly Range[]): string {
  const parts: string[] = []
  let done = 0
  for (const { from, to } of ranges) {
    if (from > done || done === 0) parts.push(text.slice(done, from), '…')
    done = Math.max(done, to)
  }
  return done === 0 ? text : `${parts.join('')}${text.slice(done)}`
}
