import type { StoredRecord } from '../../../backup/restore/restore-jobs.ts'
import type { AppError } from '../../../lib/errors.ts'
import { type FoundEntry, type SearchedSet, searchObjects, type UnsearchedPart } from '../../contents/search-objects.ts'
import type { WebContents } from './open-contents.ts'
import type { SetView } from './set-list.ts'

export interface ContentsSearchRequest {
  readonly q: string
  readonly task: string | undefined
  readonly storage: string | undefined
  /** The number of sets to skip, and of rows to return. */
  readonly from: number
  readonly limit: number
}

export interface ContentsSearchPart {
  readonly rows: readonly (FoundEntry & { readonly view: SetView })[]
  readonly matches: number
  readonly searched: number
  readonly sets: number
  readonly unsearched: number
  readonly reasons: readonly { readonly view: SetView; readonly object?: StoredRecord; readonly message: string }[]
  readonly failures: readonly AppError[]
}

/** A part of a search takes about this long, so that first results are shown. */
const PART_MS = 1500
const ROWS_OF_SET = 20
const REASONS = 20

/** Searches the indexes of some sets, the newest first. */
export async function searchContents(request: ContentsSearchRequest, contents: WebContents): Promise<ContentsSearchPart> {
  const { sets, failures } = await contents.sets.list()
  const chosen = sets.filter((view) => isChosen(view, request))
  const part: Collected = { rows: [], matches: 0, unsearched: 0, reasons: [] }
  const beganMs = performance.now()
  let at = request.from
  while (at < chosen.length && part.rows.length < request.limit && (at === request.from || performance.now() - beganMs < PART_MS)) {
    const view = chosen[at]
    if (view !== undefined) await searchSet(view, { request, contents, part })
    at += 1
  }
  return { ...part, searched: Math.min(at, chosen.length), sets: chosen.length, failures }
}

function isChosen({ task, places }: SetView, request: ContentsSearchRequest): boolean {
  const there = places.filter(({ storage, state }) => (request.storage === undefined || storage === request.storage) && state !== 'unfinished')
  return there.length > 0 && (request.task === undefined || task === request.task)
}

interface Collected {
  readonly rows: (FoundEntry & { readonly view: SetView })[]
  matches: number
  unsearched: number
  readonly reasons: { readonly view: SetView; readonly object?: StoredRecord; readonly message: string }[]
}

interface Searching {
  readonly request: ContentsSearchRequest
  readonly contents: WebContents
  readonly part: Collected
}

async function searchSet(view: SetView, { request: { q, storage }, contents, part }: Searching): Promise<void> {
  let rows = 0
  const skip = ({ message, object }: UnsearchedPart) => {
    part.unsearched += 1
    if (part.reasons.length < REASONS) part.reasons.push({ view, message, ...(object && { object }) })
  }
  const objects = async () => {
    const found = await contents.objectsOf(view, storage)
    if (found.length === 0) skip({ message: 'the set has no manifest' })
    return found
  }
  const list: SearchedSet['list'] = (object, consumer) => contents.list(view, object, consumer)
  await searchObjects(
    { objects, list, signal: contents.signal },
    { wanted: q, isGlob: false },
    {
      onFound(found) {
        part.matches += 1
        rows += 1
        if (rows <= ROWS_OF_SET) part.rows.push({ ...found, view })
      },
      onUnsearched: skip,
    },
  )
}
