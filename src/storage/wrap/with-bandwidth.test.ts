import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { memoryStorage } from '../conform/memory.ts'
import { bodyOf, call, storageSuite } from '../storage.suite.ts'
import { openBucket, withBandwidth } from './with-bandwidth.ts'

storageSuite('memory behind a limit of bandwidth', async () => withBandwidth(memoryStorage(), 100_000_000))

describe('withBandwidth', () => {
  it('limits the average rate, whatever the size of the pieces, with a small burst after a pause', () => {
    for (const piece of [1, 1000, 65_536]) {
      const pauseFor = openBucket(1_000_000)
      let nowMs = 5000
      for (let bytes = 0; bytes < 10_000_000; bytes += piece) nowMs += pauseFor(piece, nowMs)
      assert.ok(nowMs - 5000 >= 9900 && nowMs - 5000 <= 10_000, `pieces of ${piece}: ${nowMs - 5000} ms`)
      assert.ok(pauseFor(1_000_000, nowMs + 3_600_000) >= 900)
    }
  })

  it('does not keep an abort waiting', async () => {
    const stop = new AbortController()
    const storage = withBandwidth(memoryStorage(), 1)
    const putting = storage.put('a', bodyOf(Buffer.alloc(1_000_000)), { signal: stop.signal })
    setTimeout(() => stop.abort(), 10)
    await assert.rejects(putting, { code: 'storage/aborted' })
  })

  it('keeps the other abilities', () => {
    const folders = {} as never
    assert.equal(withBandwidth({ ...memoryStorage(), folders }, 1).folders, folders)
  })

  it('lets go of a body that is not read to its end', async () => {
    const body = inChunks(1000, 15_000)
    const inner = memoryStorage()
    const storage = withBandwidth({ ...inner, put: async (_key, gate) => gate.destroy() && { key: 'a', bytes: 0 } }, 1_000_000)
    await storage.put('a', body, call)
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(body.destroyed)
  })
})

function inChunks(count: number, bytes: number): Readable {
  return Readable.from(
    Array.from({ length: count }, () => Buffer.alloc(bytes)),
    { objectMode: false },
  )
}
