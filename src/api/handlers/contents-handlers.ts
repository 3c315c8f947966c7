import type { FoundEntry } from '../../app/contents/search-objects.ts'
import type { Web } from '../../app/web/open-web.ts'
import { readContents } from '../../app/web/sets/read-contents.ts'
import { searchContents } from '../../app/web/sets/search-contents.ts'
import { recordBegun } from '../access/record.ts'
import { ApiError } from '../problems.ts'
import { accountOf, type Handlers } from './handler.ts'
import { jobOf, taskView } from './run-handlers.ts'
import { failureOf, setView } from './set-handlers.ts'
import { LOCAL } from './views.ts'

export const contentsHandlers: Handlers<'listContents' | 'startIndex' | 'searchContents'> = {
  async listContents({ api: { web }, query }) {
    const { task, set, storage, object, folder, q, limit } = query
    const view = await setView(web, task, set)
    const from = placeOf(query.cursor)
    const found = await readContents({ storage, object, folder, q, from, limit }, view, web.contents)
    if (found === undefined) throw new ApiError('not-found', 'unknown object')
    const end = from + found.rows.length
    return {
      ...{ asOf: web.host.clock().toISOString(), total: found.total, rows: found.rows.map(entryOf), next: end < found.total ? String(end) : null },
      index: found.index === 'absent' && isBeingIndexed(web, { task, set }) ? 'building' : found.index,
      reason: found.reason ?? null,
    }
  },
  async searchContents({ api: { web }, query }) {
    const { q, task, storage, limit } = query
    if (task !== undefined) await taskView(web, task)
    const { rows, reasons, failures, ...part } = await searchContents({ q, task, storage, from: placeOf(query.cursor), limit }, web.contents)
    return {
      ...part,
      asOf: web.host.clock().toISOString(),
      rows: rows.map(({ view, ...found }) => ({
        ...entryOf(found),
        ...{ host: LOCAL, task: view.task, set: view.name, at: view.at.toISOString() },
        isMember: found.entry !== undefined && found.object.source === 'tar',
      })),
      reasons: reasons.map(({ view, object, message }) => ({ task: view.task, set: view.name, object: object?.path ?? null, message })),
      failures: failures.map(failureOf),
      next: part.searched < part.sets ? String(part.searched) : null,
    }
  },
  async startIndex(call) {
    const { web } = call.api
    const { task, set, storage } = call.body
    await setView(web, task, set)
    await recordBegun(call, { action: 'index-started', target: task, after: { set } })
    const words = ['index', ...(storage === undefined ? [] : [`--storage=${storage}`]), '--', task, set]
    return jobOf(web.jobs.start({ kind: 'index', task, set, words, startedBy: accountOf(call).name, key: call.headers.get('idempotency-key') }))
  },
}

function isBeingIndexed({ jobs }: Pick<Web, 'jobs'>, { task, set }: { readonly task: string; readonly set: string }): boolean {
  return jobs.list().some((job) => job.kind === 'index' && job.state === 'running' && job.task === task && job.set === set)
}

function placeOf(cursor: string | undefined): number {
  return /^\d{1,9}$/u.test(cursor ?? '') ? Number(cursor) : 0
}

function entryOf({ object, entry }: FoundEntry) {
  return {
    ...{ object: object.path, path: entry?.path ?? null, kind: entry?.kind ?? ('object' as const), rows: entry?.rows ?? null },
    ...{ bytes: (entry === undefined ? object.bytes : entry.bytes) ?? null, modified: entry?.modified ?? null, target: entry?.target ?? null },
  }
}
