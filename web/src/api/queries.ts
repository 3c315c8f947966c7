import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query'
import { call, type Input, type Operation } from './client.ts'
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
export function ask<Name extends Operation>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  return queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, { ...input, signal }),
  })
}

/** Like `ask`, but displays the rows of the previous query until the new ones are loaded: for filters. */
export function askKeepingPrevious<Name extends Operation>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  return { ...ask(name, input), placeholderData: keepPreviousData }
}
