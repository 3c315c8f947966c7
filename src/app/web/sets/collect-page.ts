import type { ContentEntry } from '../../../backup/contents/entry.ts'

/** One page of entries, while all of them pass by. */
export interface EntryPage {
  add(entry: ContentEntry): void
  /** Counts an entry that is not on the page; false if it must be passed to `add`. */
  count(): boolean
  readonly total: number
  /** Sorted, folders first, unless there are too many: then in the order of the object. */
  rows(): readonly ContentEntry[]
}

// More are not kept in memory.
const SORTED = 5000

export function collectPage({ from, limit }: { readonly from: number; readonly limit: number }): EntryPage {
  const first: ContentEntry[] = []
  const page: ContentEntry[] = []
  let total = 0
  return {
    add(entry) {
      if (total < SORTED) first.push(entry)
      if (total >= from && total < from + limit) page.push(entry)
      total += 1
    },
    count() {
      if (total <= SORTED || (total >= from && total < from + limit)) return false
      total += 1
      return true
    },
    get total() {
      return total
    },
    rows: () => (total > SORTED ? page : first.toSorted(byName).slice(from, from + limit)),
  }
}

function byName(a: ContentEntry, b: ContentEntry): number {
  const order = Number(isFolder(b)) - Number(isFolder(a))
  return order !== 0 ? order : a.path < b.path ? -1 : Number(a.path > b.path)
}

function isFolder({ kind }: ContentEntry): boolean {
  return kind === 'folder' || kind === 'database'
}
