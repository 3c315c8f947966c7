import type { Host } from '../../../../src/api/schema/hosts.ts'
import { call } from '../../api/client.ts'
import type { ExportRow } from '../../ui/export/export-rows.ts'
import { type HostsSearch, hostsQuery } from './hosts-search.ts'

/** All rows that the filter leaves, also those beyond what is shown. */
export async function exportHosts(search: HostsSearch): Promise<readonly ExportRow[]> {
  const rows: Host[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof call<'listHosts'>>> = await call('listHosts', {
      query: { ...hostsQuery(search), limit: 1000, ...(cursor === null ? {} : { cursor }) },
    })
    rows.push(...page.rows)
    cursor = page.next
  } while (cursor !== null)
  return rows.map((it) => ({
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
