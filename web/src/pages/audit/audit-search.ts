import { covering, day, type Search, text } from '../../app/search.ts'

/** What the address says of the audit log: whose lines, of what, between which days. */
export function readAuditSearch(search: Search) {
  return covering({ who: text(search['who']), action: text(search['action']), from: day(search['from']), to: day(search['to']) })
}

export type AuditSearch = ReturnType<typeof readAuditSearch>

export function isFiltered({ who, action, from, to }: AuditSearch): boolean {
  return [who, action, from, to].some((it) => it !== undefined)
}
