import { call } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'
import type { ExportRow } from '../../ui/export/export-rows.ts'
import { type HostsSearch, hostsQuery } from './hosts-search.ts'

/** All rows that match the filter, including those that are not displayed. */
export async function exportHosts(search: HostsSearch): Promise<readonly ExportRow[]> {
  const all = await loadAll((page) => call('listHosts', { query: { ...hostsQuery(search), ...page } }))
  return all.map((it) => ({
    id: it.id,
    name: it.name,
    kind: it.kind,
    state: it.state,
    cause: it.cause?.text ?? '',
    hint: it.cause?.hint ?? '',
    published: it.claims.published?.at ?? '',
    verified: it.claims.verified?.at ?? '',
    restored: it.claims.restored?.at ?? '',
    failuresSince: it.failuresSince,
    next: it.next ?? '',
    bytes: it.bytes ?? '',
    asOf: it.asOf ?? '',
  }))
}
