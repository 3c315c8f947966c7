import { printable } from '../lib/format.ts'

// This many are reported individually; the rest are counted.
const MOST_NOTES = 20

/** Notes messages of one kind individually, up to twenty; `end` notes the number of others. `nouns`: the plural of their name. */
export interface LimitedNotes {
  add(text: string): void
  end(): void
  readonly count: number
}

export function limitedNotes(nouns: string, note: (text: string) => void): LimitedNotes {
  let count = 0
  return {
    add(text) {
      count++
      if (count <= MOST_NOTES) note(printable(text))
    },
    end() {
      if (count > MOST_NOTES) note(`and ${count - MOST_NOTES} more (${nouns})`)
    },
    get count() {
      return count
    },
  }
}
