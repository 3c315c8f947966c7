import { counted, printable } from '../lib/format.ts'

// So many are told one by one; the rest are counted.
const TOLD = 20

/** Tells things of one kind one by one, up to twenty; `end` tells how many more there were. */
export interface Complaints {
  add(text: string): void
  end(): void
  readonly count: number
}

export function complaints(noun: string, note: (text: string) => void): Complaints {
  let count = 0
  return {
    add(text) {
      count++
      if (count <= TOLD) note(printable(text))
    },
    end() {
      if (count > TOLD) note(`and ${counted(count - TOLD, noun)} more`)
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

/** The bytes that a C-style escaped name stands for, as tar's quoting style "escape" writes it (GNU tar manual, "Quoting Member Names"). */
export function unescapeName(text: string): Buffer {
  const short: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '\\': 92 }
  const bytes: Buffer[] = []
  for (const [all, octal, letter] of text.matchAll(/\\(?:(?<octal>[0-3][0-7]{2})|(?<letter>[abtnvfr\\]))|[^\\]+|\\/gu)) {
    const code = octal === undefined ? short[letter ?? ''] : Number.parseInt(octal, 8)
    bytes.push(code === undefined ? Buffer.from(all) : Buffer.from([code]))
  }
  return Buffer.concat(bytes)
}
