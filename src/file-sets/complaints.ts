import { printable } from '../lib/format.ts'

// So many are told one by one; the rest are counted.
const TOLD = 20

/** Notes things of one kind one by one, up to twenty; `end` notes how many more there were. `nouns`: what they are, in the plural. */
export interface Complaints {
  add(text: string): void
  end(): void
  readonly count: number
}

export function complaints(nouns: string, note: (text: string) => void): Complaints {
  let count = 0
  return {
    add(text) {
      count++
      if (count <= TOLD) note(printable(text))
    },
    end() {
      if (count > TOLD) note(`and ${count - TOLD} more (${nouns})`)
    },
    get count() {
      return count
    },
  }
}

/** Makes lines of text that comes in pieces; `end` gives what has no line break after it. */
export function lineSplitter(onLine: (line: string) => void): { push(text: string): void; end(): void } {
  let rest = ''
  return {
    push(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    end() {
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}
