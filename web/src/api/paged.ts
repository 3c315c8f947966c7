import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { type Answer, call, type Input, type Operation } from './client.ts'

/** Operations that answer a page of a list. */
type Listing = {
  [Name in Operation]: Answer<Name> extends { readonly rows: readonly unknown[]; readonly next: string | null } ? Name : never
}[Operation]

type RowOf<Name extends Listing> = Answer<Name>['rows'][number]

interface Paged<Name extends Listing> {
  readonly first: Answer<Name>
  readonly rows: readonly RowOf<Name>[]
  readonly total: number
}

/** A list that is loaded as far as one has asked for it. `query` may be given to `<Loaded>`; `more` loads the next page, and is undefined at the end. */
export function usePaged<Name extends Listing>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  const query = useInfiniteQuery({
    queryKey: [name, input, 'pages'] as const,
    queryFn: ({ pageParam, signal }) =>
      call(name, { ...input, query: { ...(input.query as object), ...(pageParam === undefined ? {} : { cursor: pageParam }) } as never, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  })
  const [first] = query.data?.pages ?? []
  const data: Paged<Name> | undefined = first && {
    first,
    rows: query.data?.pages.flatMap((it) => it.rows as readonly RowOf<Name>[]) ?? [],
    total: first.total,
  }
  return {
    query: { data, error: query.error, dataUpdatedAt: query.dataUpdatedAt, refetch: query.refetch },
    more: query.hasNextPage ? () => void (query.isFetchingNextPage || query.fetchNextPage()) : undefined,
    isLoadingMore: query.isFetchingNextPage,
  }
}
