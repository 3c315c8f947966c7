import { useQuery } from '@tanstack/react-query'
import { queryKeepingPrevious } from '../api/queries.ts'

interface Wanted {
  readonly run: string
  readonly host: string
  readonly q: string
  /** The current line of the reader. */
  readonly at: number | undefined
}

export interface LogSearch {
  readonly isSearching: boolean
  readonly count: number
  /** Whether there are more matches than those found so far. */
  readonly isCut: boolean
  /** The number of the current match, from 1; 0: none. */
  readonly current: number
  readonly next: number | undefined
  readonly previous: number | undefined
  readonly error: unknown
}

const MAX_MATCHES = 1000

/** Searches for lines on the server. An obsolete search is cancelled. */
export function useLogSearch({ run, host, q, at }: Wanted): LogSearch {
  const found = useQuery({
    ...queryKeepingPrevious('searchRunLog', { path: { run }, query: { host, q, limit: MAX_MATCHES } }),
    enabled: q !== '',
    gcTime: 10_000,
  })
  // Until the answer, the matches are those of the previous search: none of them is the one that the reader requested.
  const numbers = q === '' || found.isPlaceholderData ? [] : (found.data?.rows.map((it) => it.number) ?? [])
  const next = numbers.find((it) => it > (at ?? -1)) ?? numbers[0]
  const previous = numbers.findLast((it) => it < (at ?? Number.POSITIVE_INFINITY)) ?? numbers.at(-1)
  return {
    isSearching: found.isFetching,
    count: Math.max(found.data?.total ?? 0, numbers.length),
    isCut: found.data?.next !== null && found.data !== undefined,
    current: at === undefined ? 0 : numbers.indexOf(at) + 1,
    next,
    previous,
    error: found.error,
  }
}
