import { listLogFiles, openLog } from '../../app/web/logs/log-files.ts'
import type { RunLine } from '../../app/web/logs/run-lines.ts'
import { ApiError } from '../problems.ts'
import type { Handlers } from './handler.ts'
import { idOf } from './run-handlers.ts'
import { pageOf } from './views.ts'

type Names = 'listRunEvents' | 'readRunLog' | 'searchRunLog' | 'downloadRunLog' | 'listLogFiles' | 'readLogFile'

const SHOWN_CHARACTERS = 16 * 1024

export const logHandlers: Handlers<Names> = {
  async listRunEvents({ api: { web }, params, query: { after, limit, cursor } }) {
    const log = await web.data.journal.log(idOf(params['run']))
    const from = Math.max(after + 1, /^\d{1,9}$/u.test(cursor ?? '') ? Number(cursor) : 0)
    const rows = log
      .slice(from, from + limit)
      .map(({ at, kind, level, text }, index) => ({ number: from + index, at: at.toISOString(), kind, level, text }))
    return { asOf: web.host.clock().toISOString(), total: log.length, rows, next: from + limit < log.length ? String(from + limit) : null }
  },
  async readRunLog({ api: { web }, params, query: { from, count, level, q } }) {
    const numbered = (await web.logs.read(idOf(params['run']))).map((line, number) => ({ line, number }))
    const wanted = level === undefined && q === undefined ? numbered : numbered.filter(({ line }) => isWanted(line, { level, q }))
    const start = from < 0 ? Math.max(0, wanted.length + from) : from
    const rows = wanted
      .slice(start, start + count)
      .map(({ line: { at, level: found, kind, text }, number }) => ({ number, at: at.toISOString(), level: found, kind, ...cut(text) }))
    const end = start + rows.length
    return {
      asOf: web.host.clock().toISOString(),
      total: wanted.length,
      rows,
      next: end < wanted.length ? String(end) : null,
      isComplete: true,
      bytes: null,
    }
  },
  async searchRunLog({ api: { web }, params, query: { q, from, limit } }) {
    const lines = await web.logs.read(idOf(params['run']))
    const found = lines.flatMap((line, number) => (isWanted(line, { q }) ? [{ number, text: cut(line.text).text }] : []))
    const rest = found.filter(({ number }) => number >= from)
    const rows = rest.slice(0, limit)
    return { asOf: web.host.clock().toISOString(), total: found.length, rows, next: rest.length > limit ? String(rest[limit]?.number) : null }
  },
  async downloadRunLog({ api: { web }, params, reply }) {
    const run = idOf(params['run'])
    const lines = await web.logs.read(run)
    reply.headers['content-disposition'] = `attachment; filename="${run}.log"`
    return lines.map(({ at, text }) => `${at.toISOString().slice(0, 19)}Z ${text}\n`).join('')
  },
  async listLogFiles({ api: { web }, query }) {
    const files = listLogFiles(await web.plans.plan()).map(({ modified, ...it }) => ({ ...it, modified: modified.toISOString(), task: null }))
    return pageOf(files, query, web.host.clock())
  },
  async readLogFile({ api: { web }, query: { folder, name, from, count } }) {
    const handle = await openLog(await web.plans.plan(), { folder, name })
    if (handle === undefined) throw new ApiError('not-found', 'unknown log file')
    return web.logIndexes.use(handle, async (index) => {
      // A position from the end requires that all lines are counted first.
      await index.until(from < 0 ? Number.POSITIVE_INFINITY : from + count)
      const start = from < 0 ? Math.max(0, index.count + from) : from
      const rows = (await index.read(start, count)).map(({ number, text, length }) => ({
        number,
        at: null,
        level: null,
        kind: null,
        text,
        ...(length > text.length && { length }),
      }))
      const end = start + rows.length
      const more = end < index.count || !index.isComplete ? String(end) : null
      return { asOf: web.host.clock().toISOString(), total: index.count, rows, next: more, isComplete: index.isComplete, bytes: index.bytes }
    })
  },
}

function isWanted({ level: found, text }: RunLine, { level, q }: { readonly level?: number | undefined; readonly q?: string | undefined }): boolean {
  return (level === undefined || found <= level) && (q === undefined || text.toLowerCase().includes(q.toLowerCase()))
}

function cut(text: string): { readonly text: string; readonly length?: number } {
  return text.length > SHOWN_CHARACTERS ? { text: text.slice(0, SHOWN_CHARACTERS), length: text.length } : { text }
}
