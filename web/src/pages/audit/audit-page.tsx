import { useSearch } from '@tanstack/react-router'
import type { AuditLine } from '../../../../src/api/schema/audit.ts'
import { call } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'
import { useFormat } from '../../format/format.tsx'
import { dayAfter, momentIn } from '../../format/zoned-moment.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { useTitle } from '../../ui/use-title.ts'
import { AuditFilters } from './audit-filters.tsx'
import { AuditRow } from './audit-row.tsx'
import { type AuditSearch, isFiltered } from './audit-search.ts'

/** The audit log, newest first. Its lines cannot be changed. */
export function AuditPage() {
  const { shell, audit } = useMessages()
  useTitle(shell.audit)
  const { zone } = useFormat()
  const search = useSearch({ from: '/audit' })
  const query = auditQuery(search, zone)
  const list = usePages('listAudit', query)
  return (
    <>
      <div className="head">
        <h1>{shell.audit}</h1>
        <span className="grow" />
        <ExportButtons load={() => exportAudit(query)} name="audit" />
      </div>
      <AuditFilters search={search} />
      <Loaded query={list}>
        {({ rows, total }) =>
          total === 0 ? (
            <p className="teach muted">{isFiltered(search) ? audit.noMatch : audit.empty}</p>
          ) : (
            <div className="card">
              <AuditTable rows={rows} />
              <MoreButton pages={list} rest={total - rows.length} />
            </div>
          )
        }
      </Loaded>
    </>
  )
}

function AuditTable({ rows }: { rows: readonly AuditLine[] }) {
  const { audit, shell } = useMessages()
  return (
    <table className="list cards audit" aria-label={shell.audit}>
      <thead>
        <tr>
          <th>{audit.at}</th>
          <th>{audit.who}</th>
          <th>{audit.action}</th>
          <th>{audit.target}</th>
          <th>{audit.outcome}</th>
          <th>{audit.changed}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <AuditRow key={it.id} line={it} />
        ))}
      </tbody>
    </table>
  )
}

/** Days in the displayed time zone; the last one is included. */
function auditQuery({ who, action, from, to }: AuditSearch, zone: string) {
  return {
    limit: 100,
    ...(who === undefined ? {} : { who }),
    ...(action === undefined ? {} : { action }),
    ...(from === undefined ? {} : { from: new Date(momentIn(zone, from)).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(momentIn(zone, dayAfter(to, 1))).toISOString() }),
  }
}

async function exportAudit(query: ReturnType<typeof auditQuery>) {
  const all = await loadAll((page) => call('listAudit', { query: { ...query, ...page } }))
  return all.map(({ before, after, ...line }) => ({
    ...line,
    before: before === null ? '' : JSON.stringify(before),
    after: after === null ? '' : JSON.stringify(after),
  }))
}
