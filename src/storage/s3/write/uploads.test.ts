import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openS3, QUICK_RETRIES, S3_DEPS, s3Spec } from '../../../../test/support/s3.ts'
import { S3Refusal } from '../../../../test/support/s3-server/refusal.ts'
import { startS3Server } from '../../../../test/support/s3-server/s3-server.ts'
import { openFaultyWire } from '../../../../test/support/wire-faults.ts'
import { call } from '../../storage.suite.ts'
import { openBufferPool } from '../read/buffer-pool.ts'
import { openIntegrity, withConfirmation } from '../read/integrity.ts'
import { sdkCalls } from '../sdk/sdk-calls.ts'
import { openSdkClient } from '../sdk/sdk-client.ts'
import { changeClass } from '../storage-class.ts'
import { withRetries } from '../with-retries.ts'
import { openPartLimit } from './part-limit.ts'
import { copyRanges, decideParts } from './part-plan.ts'
import { uploadBody } from './upload-body.ts'
import type { UploadDeps } from './upload-deps.ts'

const { signal } = call

describe('the parts of an object', () => {
  it('hold 5 TiB, whatever is known beforehand, within what stores allow', () => {
    for (const expectedBytes of [undefined, 0, 100e9, 300e9, 5 * 1024 ** 4]) {
      const { partBytes, smallParts, partsPerSegment } = decideParts({ partBytes: 8 * 1024 ** 2, expectedBytes })
      const segmentBytes = partsPerSegment * partBytes
      assert.ok(smallParts * partBytes + (10_000 - smallParts) * segmentBytes >= 5 * 1024 ** 4)
      assert.ok(segmentBytes <= 5 * 1024 ** 3 && partsPerSegment <= 10_000 && partBytes <= 64 * 1024 ** 2)
    }
  })

  it('are larger where a large object is expected, so that they suffice', () => {
    assert.equal(decideParts({ partBytes: 8 * 1024 ** 2, expectedBytes: 1e9 }).partBytes, 8 * 1024 ** 2)
    const { partBytes, smallParts } = decideParts({ partBytes: 8 * 1024 ** 2, expectedBytes: 250e9 })
    assert.ok(partBytes * smallParts >= 250e9)
  })

  it('of a copy touch each byte once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 50, max: 1e6 }), (bytes, rangeBytes) => {
        const ranges = copyRanges(bytes, rangeBytes)
        assert.equal(ranges[0]?.[0], 0)
        assert.equal(ranges.at(-1)?.[1], bytes - 1)
        for (const [index, [from]] of ranges.entries()) if (index > 0) assert.equal(from, (ranges[index - 1]?.[1] ?? 0) + 1)
        return ranges.length <= 10_000
      }),
    )
  })
})

describe('a store that accepts fewer parts', () => {
  const parts = { partBytes: 100, smallParts: 8900, partsPerSegment: 500 }
  const many = randomBytes(100 * 1100 + 7)

  it('is determined with the fiftieth part, once, and segments follow the parts that the store accepts', async () => {
    const server = await startS3Server({ minPartBytes: 0, maxParts: 1000 })
    const deps = { ...uploadDeps(server), partLimit: openPartLimit(false) }
    for (const key of ['web/one', 'web/two']) assert.equal(await uploadBody(chunked(many), { key, properties: {}, parts }, deps), many.length)
    const { objects, uploads } = server.bucket('acme')
    for (const key of ['web/one', 'web/two']) assert.ok(objects.get(key)?.bytes.equals(many))
    assert.deepEqual([[...objects.keys()], uploads.size], [['web/one', 'web/two'], 0])
    assert.equal(server.requests.filter(({ what }) => what.includes('partNumber=10000&')).length, 1)
    assert.equal(server.requests.filter(({ status }) => status >= 400).length, 1)
    await server.close()
  })

  it('than any known store has is refused with the number of the part, or by the request for the limit', async () => {
    const server = await startS3Server({ minPartBytes: 0, maxParts: 40 })
    const deps = { ...uploadDeps(server), partLimit: openPartLimit(false) }
    await assert.rejects(uploadBody(chunked(many), { key: 'web/a', properties: {}, parts }, deps), { fault: 'TooManyParts', message: /^part 4\d: / })
    await server.close()
    const other = await startS3Server({ minPartBytes: 0, maxParts: 100 })
    const begun = { ...uploadDeps(other), partLimit: openPartLimit(false) }
    await assert.rejects(uploadBody(chunked(many), { key: 'web/a', properties: {}, parts }, begun), { fault: 'TooManyParts' })
    assert.ok(other.requests.length < 60, String(other.requests.length))
    const { objects, uploads } = other.bucket('acme')
    assert.deepEqual([objects.size, uploads.size], [0, 0])
    await other.close()
  })

  it('or only equal ones refuses a longer object with the settings', async () => {
    const server = await startS3Server({ minPartBytes: 0, equalParts: true })
    const upload = (smallParts: number) => ({ key: 'web/a', properties: {}, parts: { partBytes: 100, smallParts, partsPerSegment: 0 } })
    await assert.rejects(uploadBody(chunked(many), upload(10), uploadDeps(server)), {
      fault: 'TooManyParts',
      message: /larger than 10 parts of 100 B/u,
    })
    assert.equal(await uploadBody(chunked(many.subarray(0, 1000)), upload(10), uploadDeps(server)), 1000)
    const combined = { key: 'web/b', properties: {}, parts: { partBytes: 100, smallParts: 3, partsPerSegment: 2 } }
    await assert.rejects(uploadBody(chunked(many.subarray(0, 1000)), combined, uploadDeps(server)), { fault: 'UnequalParts' })
    await server.close()
    const poor = await startS3Server({ minPartBytes: 0, noPartCopy: true })
    await assert.rejects(uploadBody(chunked(many.subarray(0, 1000)), combined, uploadDeps(poor)), { fault: 'NoPartCopy' })
    assert.deepEqual([poor.bucket('acme').objects.size, poor.bucket('acme').uploads.size], [0, 0])
    await poor.close()
  })
})

describe('an object too long for parts from memory', () => {
  for (const [title, bytes] of [
    ['fills segments that are put together in the store', 100_500],
    ['ends just where a segment does', 90_000],
    ['ends just where the small parts do', 30_000],
    ['has one segment of one byte', 30_001],
  ] as const) {
    it(title, async () => {
      const server = await startS3Server({ minPartBytes: 0 })
      const content = randomBytes(bytes)
      const deps = uploadDeps(server)
      const upload = { key: 'web/huge', properties: {}, parts: { partBytes: 10_000, smallParts: 3, partsPerSegment: 2 } }
      assert.equal(await uploadBody(chunked(content), upload, deps), bytes)
      const { objects, uploads } = server.bucket('acme')
      assert.deepEqual([...objects.keys()], ['web/huge'], 'no segment is left')
      assert.ok(objects.get('web/huge')?.bytes.equals(content))
      assert.equal(uploads.size, 0)
      await server.close()
    })
  }

  it('leaves nothing when the body breaks in a segment', async () => {
    const server = await startS3Server({ minPartBytes: 0 })
    async function* breaking() {
      yield randomBytes(55_000)
      throw new Error('the dump died')
    }
    const upload = { key: 'web/huge', properties: {}, parts: { partBytes: 10_000, smallParts: 3, partsPerSegment: 2 } }
    await assert.rejects(uploadBody(Readable.from(breaking(), { objectMode: false }), upload, uploadDeps(server)), /the dump died/u)
    const { objects, uploads } = server.bucket('acme')
    assert.deepEqual([...objects.keys()], [])
    assert.equal(uploads.size, 0)
    await server.close()
  })
})

describe('memory for parts', () => {
  it('is never more than the budget, is given in turn, and is used again', async () => {
    const pool = openBufferPool(100)
    const [a, b] = [await pool.take(40, signal), await pool.take(40, signal)]
    const order: string[] = []
    const c = pool.take(40, signal).then((lease) => {
      order.push('c')
      return lease
    })
    const d = pool.take(10, signal).then(() => order.push('d'))
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(order, [], 'who comes later does not overtake')
    a.release()
    a.release()
    assert.equal((await c).buffer, a.buffer)
    await d
    assert.deepEqual(order, ['c', 'd'])
    b.release()
  })

  it('lets one pass alone that is larger, and forgets those who give up', async () => {
    const pool = openBufferPool(100)
    const small = await pool.take(1, signal)
    const stop = new AbortController()
    const large = pool.take(1000, stop.signal)
    const next = pool.take(50, signal)
    stop.abort(new Error('enough'))
    await assert.rejects(large, /enough/u)
    await next
    small.release()
    await assert.rejects(pool.take(1, stop.signal), /enough/u)
  })
})

describe('the class of an object', () => {
  it('is changed by one copy, or by ranges where it is larger than a copy may be; its tags stay', async () => {
    const server = await startS3Server({ minPartBytes: 0 })
    const storage = openS3(server, { tags: { a: 'b' } })
    const content = randomBytes(1000)
    for (const key of ['small', 'large']) await storage.put(key, chunked(content), call)
    const { objects } = server.bucket('acme')
    const properties = { storageClass: 'GLACIER', tagging: 'a=b' }
    await changeClass(callsTo(server), { key: 'web/small', properties }, { signal })
    await changeClass(callsTo(server), { key: 'web/large', properties }, { signal, maxCopyBytes: 300 })
    for (const key of ['web/small', 'web/large']) {
      const object = objects.get(key)
      assert.ok(object?.bytes.equals(content))
      assert.deepEqual([object?.properties.storageClass, object?.properties.tagging], ['GLACIER', 'a=b'])
    }
    assert.match(objects.get('web/large')?.etag ?? '', /-4$/u)
    const copies = server.requests.length
    await changeClass(callsTo(server), { key: 'web/small', properties }, { signal })
    assert.equal(server.requests.length, copies + 1, 'one that has it already is only looked at')
    await assert.rejects(changeClass(callsTo(server), { key: 'web/none', properties }, { signal }), { fault: 'NoSuchKey' })
    await server.close()
  })

  for (const [fault, bytes, storageClass] of [
    // The ETag of what was stored in parts is another one after the copy.
    ['PreconditionFailed', 25_000, 'STANDARD_IA'],
    ['InvalidRequest', 1000, 'STANDARD_IA'],
    ['InvalidObjectState', 1000, 'GLACIER'],
  ] as const)
    it(`is changed also where the answer was lost and the second copy fails with ${fault}`, async (t) => {
      let copies = 0
      const refuse = (_: string, headers: Readonly<Record<string, unknown>>) => {
        if (headers['x-amz-copy-source'] === undefined) return undefined
        copies += 1
        return copies === 2 && fault === 'InvalidObjectState' ? new S3Refusal(403, fault, 'It lies in an archive.') : undefined
      }
      const server = await startS3Server({ minPartBytes: 0, refuse })
      const wire = await openFaultyWire(server)
      t.after(async () => {
        await wire.close()
        await server.close()
      })
      await openS3(server, { partBytes: 10_000 }).put('a', chunked(randomBytes(bytes)), call)
      wire.plan({ kind: 'answer-lost', nth: 2 })
      await changeClass(callsTo({ url: wire.url, account: server.account }), { key: 'web/a', properties: { storageClass } }, { signal })
      assert.deepEqual(
        [copies, server.requests.at(-2)?.status],
        [2, { PreconditionFailed: 412, InvalidRequest: 400, InvalidObjectState: 403 }[fault]],
      )
      assert.equal(server.bucket('acme').objects.get('web/a')?.properties.storageClass, storageClass)
    })

  it('is not considered changed if another program replaced it in the meantime', async (t) => {
    const server = await startS3Server()
    t.after(() => server.close())
    const storage = openS3(server)
    await storage.put('a', chunked(Buffer.alloc(10)), call)
    const calls = callsTo(server)
    const copyOntoItself: typeof calls.copyOntoItself = async (request, it) => {
      await storage.put('a', chunked(Buffer.alloc(11)), call)
      return calls.copyOntoItself(request, it)
    }
    const changing = changeClass({ ...calls, copyOntoItself }, { key: 'web/a', properties: { storageClass: 'GLACIER' } }, { signal })
    await assert.rejects(changing, { fault: 'PreconditionFailed' })
  })
})

describe('a request that does not get through', () => {
  it('leaves no twin of an upload that was begun twice', async () => {
    const server = await startS3Server({ minPartBytes: 0 })
    const wire = await openFaultyWire(server)
    wire.plan({ kind: 'answer-lost', nth: 1 })
    const storage = openS3({ url: wire.url, account: server.account }, { partBytes: 10_000 })
    await storage.put('a', chunked(randomBytes(25_000)), call)
    assert.equal(wire.requests.filter((it) => it.endsWith('?uploads=') || it.includes('?uploads')).length >= 2, true)
    assert.equal(server.bucket('acme').uploads.size, 0)
    await wire.close()
    await server.close()
  })

  it('is not repeated after a permanent rejection', async () => {
    const server = await startS3Server()
    const storage = openS3(server, { bucket: 'nowhere' })
    await assert.rejects(storage.put('a', chunked(Buffer.from('x')), call), { code: 'storage/unreachable' })
    assert.equal(server.requests.length, 1)
    await server.close()
  })
})

function callsTo(server: Parameters<typeof s3Spec>[0]) {
  const calls = sdkCalls(() => openSdkClient(s3Spec(server), { ...S3_DEPS, idleMs: 10_000 }))
  return withRetries(withConfirmation(calls), QUICK_RETRIES)
}

function uploadDeps(server: Parameters<typeof s3Spec>[0]): UploadDeps {
  return { calls: callsTo(server), pool: openBufferPool(40_000), integrity: openIntegrity(), partLimit: openPartLimit(true), partsAtOnce: 2, signal }
}

function chunked(content: Buffer): Readable {
  function* chunks() {
    for (let at = 0; at < content.length; at += 3000) yield content.subarray(at, at + 3000)
  }
  return Readable.from(chunks(), { objectMode: false })
}
