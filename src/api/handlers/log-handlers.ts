import { listLogFiles, openLog } from '../../app/web/logs/log-files.ts'
import { readRunEvents } from '../../app/web/logs/run-events.ts'
import type { RunLine } from '../../app/web/logs/split-rows.ts'
import { ApiError } from '../problems.ts'
import type { Handlers } from './handler.ts'
import { idOf } from './run-handlers.ts'
import { pageOf } from './views.ts'

type Names = 'listRunEvents' | 'readRunLog' | 'searchRunLog' | 'downloadRunLog' | 'listLogFiles' | 'readLogFile'

export const logHandlers: Handlers<Names> = {
  async listRunEvents({ api: { web }, params, query: { after, limit, cursor } }) {
    const from = Math.max(after + 1, /^\d{1,9}$/u.test(cursor ?? '') ? Number(cursor) : 0)
    const { rows, total, next } = await readRunEvents(web.data.journal, { run: idOf(params['run']), from, limit })
    const shown = rows.map(({ number, at, kind, level, text }) => ({ number: number - 1, at: at.toISOString(), kind, level, text }))
    return { asOf: web.host.clock().toISOString(), total, rows: shown, next: next === undefined ? null : String(next) }
  },
  async readRunLog({ api: { web }, params, query }) {
    const { lines, total, from, isComplete } = await web.logs.read(idOf(params['run']), query)
    const rows = lines.map(({ number, at, level, kind, text, length }) => ({
      ...{ number, at: at.toISOString(), level, kind, text },
      ...(length > text.length && { length }),
    }))
    const end = from + rows.length
    const next = end < total || !isComplete ? String(end) : null
    return { asOf: web.host.clock().toISOString(), total, rows, next, isComplete, bytes: null }
  },
  async searchRunLog({ api: { web }, params, query }) {
    const { lines, total, next } = await web.logs.search(idOf(params['run']), query)
    const rows = lines.map(({ number, text }) => ({ number, text }))
    return { asOf: web.host.clock().toISOString(), total, rows, next: next === undefined ? null : String(next) }
  },
  async downloadRunLog({ api: { web }, params, reply }) {
    const run = idOf(params['run'])
    const parts = web.logs.all(run)
    // Before the first byte: an unknown run is a problem, not a file.
    const first = await parts.next()
    reply.headers['content-disposition'] = `attachment; filename="${run}.log"`
    return ReadableStream.from(textOf(first.value ?? [], parts))
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

async function* textOf(first: readonly RunLine[], rest: AsyncIterable<readonly RunLine[]>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const encoded = (lines: readonly RunLine[]) => encoder.encode(lines.map(({ at, text }) => `${at.toISOString().slice(0, 19)}Z ${text}\n`).join(''))
  yield encoded(first)
  for await (const lines of rest) yield encoded(lines)
}
