import type { Listing } from '../../../backup/contents/listing.ts'
import type { StoredRecord } from '../../../backup/restore/restore-jobs.ts'
import { entriesIn, entriesLike } from '../../contents/entry-filters.ts'
import { type FoundEntry, type SearchedSet, searchObjects } from '../../contents/search-objects.ts'
import { collectPage } from './collect-page.ts'
import type { WebContents } from './open-contents.ts'
import type { SetView } from './set-list.ts'

/** What is requested of a set. Without `object` and `q`: the objects. */
export interface ContentsRequest {
  readonly storage: string | undefined
  readonly object: string | undefined
  readonly folder: string | undefined
  readonly q: string | undefined
  readonly from: number
  readonly limit: number
}

export interface FoundContents {
  readonly rows: readonly FoundEntry[]
  readonly total: number
  readonly index: 'ready' | 'incomplete' | 'absent' | 'impossible' | 'single' | 'unreadable'
  readonly reason: string | undefined
}

/** A page of the contents of a set. Undefined for an unknown object. */
export async function readContents(request: ContentsRequest, view: SetView, contents: WebContents): Promise<FoundContents | undefined> {
  const objects = await contents.objectsOf(view, request.storage)
  const { object, q, from, limit } = request
  if (object !== undefined) {
    const record = objects.find(({ path }) => path === object)
    return record && readObject(record, { request, view, contents })
  }
  if (q !== undefined) return searchSet(objects, { request: { ...request, q }, view, contents })
  const rows = objects.slice(from, from + limit).map((record) => ({ object: record }))
  return { rows, total: objects.length, index: objects.length === 0 ? 'absent' : 'ready', reason: undefined }
}

interface Reading {
  readonly request: ContentsRequest
  readonly view: SetView
  readonly contents: WebContents
}

async function readObject(record: StoredRecord, { request, view, contents }: Reading): Promise<FoundContents> {
  const page = collectPage(request)
  const consumer =
    request.q === undefined ? entriesIn(request.folder, page.add, page.count) : entriesLike(request.q, { isGlob: false, onEntry: page.add })
  const listing = await contents.list(view, record, consumer)
  const found = { rows: page.rows().map((entry) => ({ object: record, entry })), total: page.total }
  if (listing === undefined || listing.kind === 'unlisted')
    return { ...found, index: (await contents.isLocked(record)) ? 'impossible' : stateWithout(listing), reason: listing?.message }
  const state = listing.format === 'none' ? 'single' : 'ready'
  return { ...found, index: listing.incomplete === undefined ? state : 'incomplete', reason: listing.incomplete }
}

/** The state of an object that was not listed from an index. */
function stateWithout(listing: Listing | undefined): 'unreadable' | 'absent' {
  return listing?.kind === 'unlisted' && listing.why === 'unreadable' ? 'unreadable' : 'absent'
}

/** Everything of a name in all objects of a set, in their order. */
async function searchSet(
  objects: readonly StoredRecord[],
  { request, view, contents }: Reading & { readonly request: { readonly q: string } },
): Promise<FoundContents> {
  const rows: FoundEntry[] = []
  let total = 0
  const unsearched: string[] = []
  let without: FoundContents['index'] = 'absent'
  const list: SearchedSet['list'] = async (record, consumer) => {
    const listing = await contents.list(view, record, consumer)
    if (stateWithout(listing) === 'unreadable') without = 'unreadable'
    return listing
  }
  const set = { objects: async () => objects, list, signal: contents.signal }
  await searchObjects(
    set,
    { wanted: request.q, isGlob: false },
    {
      onFound(found) {
        if (total >= request.from && rows.length < request.limit) rows.push(found)
        total += 1
      },
      onUnsearched: ({ message }) => unsearched.push(message),
    },
  )
  const [reason] = unsearched
  if (reason === undefined) return { rows, total, index: 'ready', reason }
  return { rows, total, index: unsearched.length === objects.length ? without : 'incomplete', reason: unsearched.slice(0, 5).join('; ') }
}
