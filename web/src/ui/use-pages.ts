import { useInfiniteQuery } from '@tanstack/react-query'
import { type Answer, call, type Input, type Operation } from '../api/client.ts'
import { isOfSame } from '../api/queries.ts'

/** Operations that return a page of a list. */
type Listing = {
  [Name in Operation]: Answer<Name> extends { readonly rows: readonly unknown[]; readonly next: string | null } ? Name : never
}[Operation]

/** A paged list: the first page immediately, further ones on request. The rows of the previous filter stay until the new ones are loaded. */
export function usePages<Name extends Listing>(name: Name, query: NonNullable<Input<Name>['query']>) {
  const pages = useInfiniteQuery({
    queryKey: [name, query] as const,
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === undefined ? {} : { cursor: pageParam }
      return call(name, { query: { ...query, ...cursor } as NonNullable<Input<Name>['query']>, signal })
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last as { next: string | null }).next ?? undefined,
    placeholderData: (previous, last) => (isOfSame({ query: last?.queryKey[1] }, { query }) ? previous : undefined),
  })
  type Row = Answer<Name> extends { readonly rows: readonly (infer One)[] } ? One : never
  const loaded = pages.data?.pages as readonly (Answer<Name> & { readonly rows: readonly Row[]; readonly total: number })[] | undefined
  const [first] = loaded ?? []
  return {
    ...pages,
    data: first && { first, total: first.total, rows: loaded?.flatMap((it) => it.rows) ?? [] },
    more: () => void (pages.isFetchingNextPage || pages.fetchNextPage()),
  }
}
