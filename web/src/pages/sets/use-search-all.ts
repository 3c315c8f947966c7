import { useEffect, useState } from 'react'
import type { ContentsHit, ContentsSearch } from '../../../../src/api/schema/sets.ts'
import { call } from '../../api/client.ts'

export interface Found {
  readonly hits: readonly ContentsHit[]
  /** Including those that are not among the hits. */
  readonly matches: number
  readonly searched: number
  readonly total: number
  /** Objects that could not be searched, or not completely. */
  readonly unsearched: number
  readonly reasons: ContentsSearch['reasons']
  readonly isDone: boolean
  readonly error: unknown
  /** Storages that could not be read: the list of sets is incomplete. */
  readonly failures: ContentsSearch['failures']
}

const NOTHING: Found = {
  ...{ hits: [], matches: 0, searched: 0, total: 0, unsearched: 0, reasons: [] },
  ...{ isDone: false, error: null, failures: [] },
}
const MAX_HITS = 200
const MAX_REASONS = 20

export interface Wanted {
  readonly host: string
  readonly task: string | undefined
  readonly storage: string | undefined
  readonly text: string
}

/** Searches part by part, newest sets first; matches are available during the search. It ends when the page is closed, or after many matches. */
export function useSearchAll({ host, task, storage, text }: Wanted): Found {
  const [found, setFound] = useState(NOTHING)
  useEffect(() => {
    const abort = new AbortController()
    setFound(NOTHING)
    const tell = (next: Found) => abort.signal.aborted || setFound(next)
    const filter = { host, q: text, limit: MAX_HITS, ...(task === undefined ? {} : { task }), ...(storage === undefined ? {} : { storage }) }
    const search = async () => {
      let now = NOTHING
      let cursor: string | null | undefined
      try {
        while (cursor !== null && !abort.signal.aborted && now.hits.length < MAX_HITS) {
          const query = { ...filter, ...(cursor === undefined ? {} : { cursor }) }
          const part = await call('searchContents', { query, signal: abort.signal })
          now = withPart(now, part)
          cursor = part.next
          tell(now)
        }
        tell({ ...now, isDone: true })
      } catch (error) {
        tell({ ...now, isDone: true, error })
      }
    }
    void search()
    return () => abort.abort()
  }, [host, task, storage, text])
  return found
}

function withPart(now: Found, { rows, matches, searched, sets, unsearched, reasons, failures }: ContentsSearch): Found {
  return {
    ...now,
    ...{ searched, total: sets, failures, hits: [...now.hits, ...rows], matches: now.matches + matches },
    ...{ unsearched: now.unsearched + unsearched, reasons: [...now.reasons, ...reasons].slice(0, MAX_REASONS) },
  }
}
