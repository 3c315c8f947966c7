import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { queryOf } from '../api/queries.ts'
import { Zone } from '../format/format.tsx'

/** Displays the times below in the zone of this host, once it is loaded. */
export function HostZone({ host, children }: { host: string; children: ReactNode }) {
  const known = useQuery({ ...queryOf('readHost', { path: { host } }), enabled: host !== 'local' })
  return <Zone name={known.data?.timeZone ?? undefined}>{children}</Zone>
}
