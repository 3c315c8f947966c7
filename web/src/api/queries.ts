import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query'
import { call, type Input, type Operation } from './client.ts'
import { mayPass } from './problem.ts'

/** How soon what could not be loaded is asked for again. */
const RETRY_MS = 5000

/**
 * All that was loaded. What is in it stays when loading it again fails: pages show it as it was, with its age. What changes comes by the stream of events, so
 * nothing is asked for again by time alone.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        retry: false,
        staleTime: 30_000,
        gcTime: 5 * 60_000,
        refetchInterval: ({ state }) => (state.status === 'error' && mayPass(state.error) ? RETRY_MS : false),
        refetchIntervalInBackground: true,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}

/** The question to the server with its place in the cache: `[operation, input]`. */
export function ask<Name extends Operation>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  return queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, { ...input, signal }),
  })
}

/** As `ask`, showing the rows of the question before until the new ones are there: for filters. */
export function askKeeping<Name extends Operation>(name: Name, input: Omit<Input<Name>, 'signal'> = {}) {
  return { ...ask(name, input), placeholderData: keepPreviousData }
}
