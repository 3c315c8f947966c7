import { present, type Search, text } from '../../app/search.ts'

function day(value: unknown): string | undefined {
  const given = text(value)
  return given !== undefined && /^\d{4}-\d{2}-\d{2}$/u.test(given) ? given : undefined
}

/** What the address says of the audit log: whose lines, of what, between which days. */
export function readAuditSearch(search: Search) {
  return present({ who: text(search['who']), action: text(search['action']), from: day(search['from']), to: day(search['to']) })
}

export type AuditSearch = ReturnType<typeof readAuditSearch>
