import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '../../../test/support/time-limits.ts'
import type { StreamEvent } from '../schema/events.ts'
import { openStreams, type Streams } from './send-events.ts'

const LARGE: StreamEvent = { kind: 'resync', reason: 'x'.repeat(500_000) }

interface Opened {
  readonly streams: Streams
  /** A client that reads, unless it is paused. */
  connect(after?: string): Socket & { readonly seen: () => string }
}

async function open(t: TestContext, stalledMs: number): Promise<Opened> {
  const streams = openStreams({ epoch: 'e', build: 'b', clock: () => new Date(), limits: { frameMs: 10, heartbeatMs: 50, stalledMs } })
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    streams.add({ response, runs: new Set(), after: request.headers['last-event-id'] as string | undefined, mayListen: () => true })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => {
    streams.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    streams,
    connect(after) {
      let text = ''
      const header = after === undefined ? '' : `Last-Event-ID: ${after}\r\n`
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${header}\r\n`))
      socket.setEncoding('utf8').on('error', () => undefined)
      socket.on('data', (chunk: string) => {
        text += chunk
      })
      return Object.assign(socket, { seen: () => text })
    },
  }
}

test('clients that have gone, and those that do not read, are removed, and the others get everything', async (t) => {
  const { streams, connect: connectTo } = await open(t, 300)
  const reading = connectTo()
  const [stopped, gone] = [connectTo(), connectTo()]
  await until(() => streams.size === 3)
  gone.destroy()
  await until(() => streams.size === 2)
  stopped.pause()
  await until(() => {
    streams.send(LARGE)
    return streams.size === 1
  })
  streams.send({ kind: 'changed', what: 'sets' })
  await until(() => reading.seen().includes('"what":"sets"'))
  assert.equal(streams.size, 1)
  reading.destroy()
  await until(() => streams.size === 0)
})

test('a client that reconnects gets what it missed, or is asked to load again when that is no longer known', async (t) => {
  const { streams, connect: connectTo } = await open(t, 60_000)
  for (const what of ['sets', 'users'] as const) streams.send({ kind: 'changed', what })
  const missed = connectTo('e-1')
  await until(() => missed.seen().includes('"users"'))
  assert.doesNotMatch(missed.seen(), /"sets"|resync/u)
  const run = {
    ...({ id: 'r', host: 'local', task: 't', state: 'ok', startedBy: 'terminal', user: 'ada', notes: [] } as const),
    ...{ began: '', isAhead: false, ended: null, durationMs: null },
  }
  const runs = Array.from({ length: 400 }, (_, index) => ({ ...run, id: String(index), notes: [], exitCode: null, signal: null, error: null }))
  for (let count = 0; count < 2; count += 1) streams.send({ kind: 'runs', runs })
  const late = connectTo('e-1')
  await until(() => late.seen().includes('resync'))
  assert.doesNotMatch(late.seen(), /"runs"/u)
  const last = connectTo('e-3')
  await until(() => last.seen().includes('"runs"'))
  assert.doesNotMatch(last.seen(), /resync/u)
})
