import { covering, day, type Search, text } from '../../app/search.ts'

/** The search parameters of the audit log: user, action, first and last day. */
export function readAuditSearch(search: Search) {
  return covering({ who: text(search['who']), action: text(search['action']), from: day(search['from']), to: day(search['to']) })
}

export type AuditSearch = ReturnType<typeof readAuditSearch>

export function isFiltered({ who, action, from, to }: AuditSearch): boolean {
  return [who, action, from, to].some((it) => it !== undefined)
}
