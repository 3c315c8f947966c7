import { useQuery } from '@tanstack/react-query'
import { request } from '../../api/client.ts'

/** Which version of the configuration a change is of; asked for when the form is opened, so that a change of somebody else in between is not overwritten. */
export function useConfigEtag() {
  return useQuery({
    queryKey: ['readConfig', 'etag'] as const,
    queryFn: async ({ signal }) => (await request('readConfig', { signal })).etag ?? '',
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
}
