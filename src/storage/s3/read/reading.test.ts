import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { openS3, QUICK_RETRIES } from '../../../../test/support/s3.ts'
import { type S3Server, startS3Server } from '../../../../test/support/s3-server/s3-server.ts'
import { scaledMs } from '../../../../test/support/time-limits.ts'
import { type FaultyWire, openFaultyWire } from '../../../../test/support/wire-faults.ts'
import { bodyOf, call } from '../../storage.suite.ts'
import type { Storage } from '../../storage.ts'

// More than is compared before it is handed on.
const LARGE = randomBytes(9 * 1024 ** 2)

describe('reading from s3 behind a line that breaks', () => {
  let server: S3Server
  let wire: FaultyWire
  let storage: Storage
  before(async () => {
    server = await startS3Server()
    wire = await openFaultyWire(server)
    const direct = openS3(server)
    await direct.put('large', bodyOf(LARGE), call)
    await direct.put('small', bodyOf('a manifest'), call)
    storage = openS3({ url: wire.url, account: server.account })
  })
  after(async () => {
    await storage.close()
    await wire.close()
    await server.close()
  })
  const read = async (key: string, from = storage) => buffer(await from.get(key, call))

  for (const kind of ['reset', 'answer-lost', 'truncated', 'error', 'slow-down'] as const) {
    it(`resumes after "${kind}"`, async () => {
      wire.plan({ kind, nth: 1 })
      assert.ok((await read('large')).equals(LARGE))
      // Where the machine stalls for longer than the limit of idleness, good requests are repeated, too.
      assert.ok(wire.requests.length >= 2)
      wire.plan({ kind, nth: 1 })
      assert.equal((await read('small')).toString(), 'a manifest')
    })
  }

  it('resumes after "stalled", as often as necessary', async () => {
    // Where the machine itself stalls, good requests are given up too, and made again.
    const hasty = openS3({ url: wire.url, account: server.account }, {}, { idleMs: scaledMs(1000), retries: { ...QUICK_RETRIES, attempts: 50 } })
    for (const [key, content] of [
      ['large', LARGE],
      ['small', Buffer.from('a manifest')],
    ] as const) {
      wire.plan({ kind: 'stalled', nth: 1 })
      assert.ok((await read(key, hasty)).equals(content))
      assert.ok(wire.requests.length >= 2)
    }
    await hasty.close()
  })

  it('reads a small object again that came with another byte', async () => {
    wire.plan({ kind: 'corrupted', nth: 1 })
    assert.equal((await read('small')).toString(), 'a manifest')
    wire.plan({ kind: 'corrupted', nth: 1, isLasting: true })
    await assert.rejects(read('small'), { code: 'storage/broken', message: /the data was changed in transit/u })
    wire.plan()
  })

  it('fails if the connection cannot be resumed, and never ends as complete', async () => {
    wire.plan({ kind: 'truncated', nth: 1, isLasting: true })
    await assert.rejects(read('large'), { code: 'storage/unreachable', message: /could not read "large"/u })
    wire.plan()
  })

  it('does not go on with another object of the same name', async () => {
    const direct = openS3(server)
    await direct.put('changing', bodyOf(LARGE), call)
    wire.plan({ kind: 'truncated', nth: 1 })
    const body = await storage.get('changing', call)
    await direct.put('changing', bodyOf(randomBytes(LARGE.length)), call)
    await assert.rejects(buffer(body), { code: 'storage/broken', message: /the object was changed by another program/u })
    wire.plan()
    await direct.close()
  })

  it('ends when all is to stop, and when the reader has enough', async () => {
    const stop = new AbortController()
    const body = await storage.get('large', { signal: stop.signal })
    body.once('data', () => stop.abort())
    await assert.rejects(buffer(body), { code: 'storage/aborted' })
    const other = await storage.get('large', call)
    for await (const _ of other) break
    assert.ok(other.destroyed)
  })

  it('retries the given number of times', async () => {
    const patient = openS3({ url: wire.url, account: server.account }, {}, { retries: { ...QUICK_RETRIES, attempts: 3 } })
    wire.plan({ kind: 'error', nth: 1, isLasting: true })
    await assert.rejects(patient.get('small', call), { code: 'storage/unreachable' })
    assert.equal(wire.requests.length, 3)
    wire.plan()
    await patient.close()
  })
})
