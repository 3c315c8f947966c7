import { S3Fault } from '../s3-fault.ts'

/** One page of a list, with where the next one begins. */
export interface Page<Item, Place> {
  readonly items: readonly Item[]
  /** Present where there is more. */
  readonly next?: Place
}

export interface Paging<Item, Place> {
  readonly ask: (after: Place | undefined) => Promise<Page<Item, Place>>
  /** What two pages may not have in common: the place itself, and the first item of a page. */
  readonly nameOfPlace: (place: Place) => string
  readonly nameOfItem: (item: Item) => string
}

/** Pages without any item that may follow each other. Some stores give such where many objects were removed. */
const MOST_EMPTY_PAGES = 1000

/**
 * The pages of a list, one after the other. Rejects with the fault `EndlessList` as soon as the list is seen to go round: when it names a place that it has
 * named before, when a page begins as an earlier one did, or when it goes on without an item.
 */
export async function* everyPage<Item, Place>({ ask, nameOfPlace, nameOfItem }: Paging<Item, Place>): AsyncGenerator<readonly Item[]> {
  const seen = new Set<string>()
  let empty = 0
  for (let after: Place | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const { items, next }: Page<Item, Place> = await ask(after)
    const [first] = items
    empty = first === undefined ? empty + 1 : 0
    const isRound = first !== undefined && isKnown(seen, `item ${nameOfItem(first)}`)
    if (isRound || empty > MOST_EMPTY_PAGES || (next !== undefined && isKnown(seen, `place ${nameOfPlace(next)}`)))
      throw new S3Fault('EndlessList', 'the same page was returned again')
    yield items
    after = next
  }
}

/** Notes it; true when it was noted before. */
function isKnown(seen: Set<string>, name: string): boolean {
  if (seen.has(name)) return true
  seen.add(name)
  return false
}
