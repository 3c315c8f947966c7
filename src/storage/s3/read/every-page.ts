import { S3Fault } from '../s3-fault.ts'

/** One page of a list, with the position of the next one. */
export interface Page<Item, Place> {
  readonly items: readonly Item[]
  /** Present if there are more pages. */
  readonly next?: Place
}

export interface Paging<Item, Place> {
  readonly readPage: (after: Place | undefined) => Promise<Page<Item, Place>>
  /** Values that must differ between all pages: the position, and the first item. */
  readonly nameOfPlace: (place: Place) => string
  readonly nameOfItem: (item: Item) => string
}

/** Maximum number of consecutive pages without items. Some stores return these after many removals. */
const MOST_EMPTY_PAGES = 100

/**
 * The pages of a list, in order. Rejects with the fault `EndlessList` if the list is endless: if a position or a first item is repeated, or if there
 * are too many pages without items.
 */
export async function* everyPage<Item, Place>({ readPage, nameOfPlace, nameOfItem }: Paging<Item, Place>): AsyncGenerator<readonly Item[]> {
  const seen = new Set<string>()
  let empty = 0
  for (let after: Place | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const { items, next }: Page<Item, Place> = await readPage(after)
    const [first] = items
    empty = first === undefined ? empty + 1 : 0
    const isRound = first !== undefined && isKnown(seen, `item ${nameOfItem(first)}`)
    if (isRound || empty > MOST_EMPTY_PAGES || (next !== undefined && isKnown(seen, `place ${nameOfPlace(next)}`)))
      throw new S3Fault('EndlessList', 'the same page was returned again')
    yield items
    after = next
  }
}

/** Records it; true if it was recorded before. */
function isKnown(seen: Set<string>, name: string): boolean {
  if (seen.has(name)) return true
  seen.add(name)
  return false
}
