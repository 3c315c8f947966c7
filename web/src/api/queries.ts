import { QueryClient, queryOptions } from '@tanstack/react-query'
import { type Answer, call, type Input, type Operation } from './client.ts'
import { isTransient } from './problem.ts'

/** The delay before a failed query is retried. */
const RETRY_MS = 5000

/**
 * The cache of all loaded data. Data is kept when a reload fails: pages display it with its age. Changes arrive in the stream of events, so that
 * nothing is reloaded by time alone.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        retry: false,
        staleTime: 30_000,
        gcTime: 5 * 60_000,
        refetchInterval: ({ state }) => (state.status === 'error' && isTransient(state.error) ? RETRY_MS : false),
        refetchIntervalInBackground: true,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}

/** The query of an operation, with its key in the cache: `[operation, input]`. */
export function queryOf<Name extends Operation>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  return queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, { ...input, signal }),
  })
}

/**
 * Like `queryOf`, but displays the rows of the previous query until the new ones are loaded: for filters, not for another host, run or set, whose buttons and
 * links would otherwise be beside rows of the previous one.
 */
export function queryKeepingPrevious<Name extends Operation>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  return {
    ...queryOf(name, input),
    placeholderData: (previous: Answer<Name> | undefined, query: { readonly queryKey: readonly unknown[] } | undefined) =>
      isOfSame(query?.queryKey[1], input) ? previous : undefined,
  }
}

const SUBJECTS = ['host', 'set', 'run'] as const

/** Whether two queries are of the same host, set and run. */
export function isOfSame(a: unknown, b: unknown): boolean {
  const [one, other] = [subjectsOf(a), subjectsOf(b)]
  return SUBJECTS.every((it) => one[it] === other[it])
}

function subjectsOf(input: unknown): Readonly<Record<string, unknown>> {
  const { path, query } = (input ?? {}) as { readonly path?: object; readonly query?: object }
  return { ...path, ...query }
}
