import { useQuery } from '@tanstack/react-query'
import { request } from '../../api/client.ts'

/**
 * The version of the configuration that a change is based on; loaded when the form is opened, and not reloaded by events, so that a concurrent change of
 * another user is not overwritten.
 */
export function useConfigEtag() {
  return useQuery({
    queryKey: ['config-etag'] as const,
    queryFn: async ({ signal }) => (await request('readConfig', { signal })).etag ?? '',
    staleTime: 'static',
    gcTime: 0,
  })
}
