import { useEffect, useState } from 'react'
import type { SetEntry, SetRow } from '../../../../src/api/schema/sets.ts'
import { type Answer, call } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'

export interface Hit {
  readonly set: SetRow
  readonly entry: SetEntry
}

export interface Found {
  readonly hits: readonly Hit[]
  readonly searched: number
  readonly total: number
  /** Sets for which only the names of the objects are known. */
  readonly shallow: number
  readonly isDone: boolean
  readonly error: unknown
  /** Storages that could not be read: the list of sets is incomplete. */
  readonly failures: Answer<'listSets'>['failures']
}

const NOTHING: Found = { hits: [], searched: 0, total: 0, shallow: 0, isDone: false, error: null, failures: [] }
const MAX_HITS = 200
const MAX_HITS_PER_SET = 20

export interface Wanted {
  readonly host: string
  readonly task: string | undefined
  readonly storage: string | undefined
  readonly text: string
}

/** Searches one set after the other, newest first; matches are available during the search. It ends when the page is closed. */
export function useSearchAll({ host, task, storage, text }: Wanted): Found {
  const [found, setFound] = useState(NOTHING)
  useEffect(() => {
    const abort = new AbortController()
    setFound(NOTHING)
    const tell = (next: Found) => abort.signal.aborted || setFound(next)
    const filter = { host, ...(task === undefined ? {} : { task }), ...(storage === undefined ? {} : { storage }) }
    const search = async () => {
      let now = NOTHING
      try {
        const sets = await loadAll(async (page) => {
          const answer = await call('listSets', { query: { ...filter, ...page }, signal: abort.signal })
          now = { ...now, failures: answer.failures }
          return answer
        })
        now = { ...now, total: sets.length }
        for (const set of sets) {
          tell(now)
          if (abort.signal.aborted || now.hits.length >= MAX_HITS) break
          const query = { host, task: set.task, set: set.name, q: text, limit: MAX_HITS_PER_SET }
          const { rows, index } = await call('listContents', { query, signal: abort.signal })
          const hits = [...now.hits, ...rows.map((entry) => ({ set, entry }))]
          now = { ...now, hits, searched: now.searched + 1, shallow: now.shallow + (index === 'ready' ? 0 : 1) }
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
