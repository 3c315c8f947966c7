import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from '../../api/client.ts'

interface ConfigChange {
  /** Sends the change, for the version with this tag only. */
  readonly send: (ifMatch: string) => Promise<unknown>
  /** The operations whose answers the change makes stale. */
  readonly outdates: readonly string[]
  readonly onClose: () => void
}

/**
 * A change of the configuration from a form. It is based on the version that is loaded when the form is opened, and not reloaded by events, so that a
 * concurrent change of another user is not overwritten; until it is loaded, the form is not ready. Closes the form when the change is made.
 */
export function useConfigChange({ send, outdates, onClose }: ConfigChange) {
  const client = useQueryClient()
  const base = useQuery({
    queryKey: ['config-etag'] as const,
    queryFn: async ({ signal }) => (await request('readConfig', { signal })).etag ?? '',
    staleTime: 'static',
    gcTime: 0,
  })
  const change = useMutation({
    mutationFn: send,
    onSuccess: async () => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => [...outdates, 'readConfig'].includes(String(queryKey[0])) })
      onClose()
    },
    // The next attempt is based on the newest version, which the user must see first.
    onError: () => void base.refetch(),
  })
  const tag = base.data
  return {
    isReady: tag !== undefined,
    isPending: change.isPending,
    error: change.error,
    /** Why the version could not be loaded. */
    baseError: tag === undefined ? base.error : null,
    reload: () => void base.refetch(),
    mutate: () => {
      if (tag !== undefined) change.mutate(tag)
    },
  }
}
