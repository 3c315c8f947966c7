import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { QueryClient } from '@tanstack/react-query'
import type { StreamEvent } from '../../src/api/schema/events.ts'

const EVENTS = 20_000
const GROWTH_MOST = 10 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heap(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

test('twenty thousand events leave no more in a tab than the last state of what it shows', async () => {
  // Its types are those of the browser.
  const { eventWriter } = (await import(new URL('../../web/src/live/apply-event.ts', import.meta.url).href)) as {
    readonly eventWriter: (client: QueryClient) => (event: StreamEvent) => void
  }
  const client = new QueryClient()
  const id = (at: number) => `20260102T030405Z-${String(at % 200).padStart(8, '0')}`
  const run = { id: id(0), host: 'local', task: 't', state: 'running', began: '2026-01-02T03:04:05.000Z', ended: null }
  client.setQueryData(['readRun', { path: { run: id(0) } }], { ...run, progress: null })
  client.setQueryData(['listRuns', {}], {
    pages: [{ rows: Array.from({ length: 100 }, (_, at) => ({ ...run, id: id(at) })), next: null }],
    pageParams: [undefined],
  })
  const write = eventWriter(client)
  const progressOf = (at: number) => ({
    ...{
      steps: [{ text: 's', state: 'running', began: null, ended: null }],
      inner: null,
      made: at,
      wanted: 9,
      madeInAll: 3,
      published: [],
      expired: 0,
    },
    objects: [{ path: `object ${at % 3}`, bytes: at, expectedBytes: null, bytesPerSecond: at, began: '2026-01-02T03:04:05.000Z', storage: null }],
  })
  const play = (count: number) => {
    for (let at = 0; at < count; at += 1) {
      write({ kind: 'progress', run: id(0), host: 'local', progress: progressOf(at) } as unknown as StreamEvent)
      write({ kind: 'log', run: id(at), lines: at } as StreamEvent)
      write({ kind: 'runs', runs: [{ ...run, id: id(at), startedBy: `cron ${at}` }] } as unknown as StreamEvent)
    }
  }
  play(1000)
  const before = heap()
  play(EVENTS)
  const growth = heap() - before
  client.clear()
  assert.ok(growth < GROWTH_MOST, `${growth} bytes`)
})
