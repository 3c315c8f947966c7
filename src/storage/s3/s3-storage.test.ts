import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { openS3 } from '../../../test/support/s3.ts'
import { type S3Server, startS3Server } from '../../../test/support/s3-server/s3-server.ts'
import { bodyOf, call, storageSuite } from '../storage.suite.ts'

const MIB = 1024 ** 2

/** Servers of three generations: each part checked by CRC32, taken without a word, refused. */
for (const checksums of ['crc32', 'ignored', 'refused'] as const) {
  let count = 0
  let server: S3Server | undefined
  after(() => server?.close())
  storageSuite(`s3 on a server that has CRC32 ${checksums}`, async () => {
    server ??= await startS3Server({ checksums, pageSize: 3, deleteNeedsMd5: checksums === 'refused' && 'MissingContentMD5' })
    count += 1
    return openS3(server, { root: count % 2 === 0 ? `r${count}` : `deep/down/r${count}` })
  })
}

describe('a large object on s3', () => {
  let server: S3Server
  before(async () => {
    server = await startS3Server()
  })
  after(() => server.close())
  const kept = (key: string) => server.bucket('acme').objects.get(`web/${key}`)

  for (const checksums of ['crc32', 'ignored', 'refused'] as const) {
    it(`is uploaded in parts and read back, on a server that supports CRC32: ${checksums}`, async () => {
      const other = await startS3Server({ checksums })
      const storage = openS3(other, { partBytes: 5 * MIB })
      const content = randomBytes(17 * MIB)
      try {
        assert.deepEqual(await storage.put('a/large', inChunks(content, 100_000), call), { key: 'a/large', bytes: content.length })
        assert.ok((await buffer(await storage.get('a/large', call))).equals(content))
        const { etag = '', crc32 } = other.bucket('acme').objects.get('web/a/large') ?? {}
        assert.match(etag, /-4$/u)
        assert.equal(crc32 !== undefined, checksums === 'crc32')
        assert.equal(other.bucket('acme').uploads.size, 0)
        await storage.close()
      } finally {
        await other.close()
      }
    })
  }

  it('of just one part, or two, has no empty one', async () => {
    const storage = openS3(server, { partBytes: 5 * MIB })
    for (const bytes of [5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB]) {
      await storage.put(`exact-${bytes}`, inChunks(Buffer.alloc(bytes, 'x'), MIB), call)
      assert.equal(kept(`exact-${bytes}`)?.bytes.length, bytes)
    }
  })

  it('leaves nothing when its body breaks in a later part', async () => {
    const storage = openS3(server, { partBytes: 5 * MIB })
    async function* breaking() {
      for (let count = 0; count < 12; count++) yield Buffer.alloc(MIB)
      throw new Error('the dump died')
    }
    await assert.rejects(storage.put('broken', Readable.from(breaking(), { objectMode: false }), call), /the dump died/u)
    assert.equal(kept('broken'), undefined)
    assert.equal(server.bucket('acme').uploads.size, 0, 'the upload was aborted')
  })

  it('leaves nothing when its body just stops', async () => {
    const storage = openS3(server, { partBytes: 5 * MIB })
    const body = inChunks(Buffer.alloc(30 * MIB), MIB)
    let seen = 0
    body.on('data', (chunk: Buffer) => {
      seen += chunk.length
      if (seen > 12 * MIB) body.destroy()
    })
    await assert.rejects(storage.put('stopped', body, call))
    assert.equal(kept('stopped'), undefined)
    assert.equal(server.bucket('acme').uploads.size, 0)
  })

  it('leaves nothing when all is to stop', async () => {
    const stop = new AbortController()
    const storage = openS3(server, { partBytes: 5 * MIB })
    const failpoint = (point: string) => point === 'part-sent' && stop.abort()
    await assert.rejects(storage.put('aborted', inChunks(Buffer.alloc(30 * MIB), MIB), { signal: stop.signal, failpoint }), {
      code: 'storage/aborted',
    })
    assert.equal(kept('aborted'), undefined)
    assert.equal(server.bucket('acme').uploads.size, 0)
  })

  it('stops immediately on an abort while its body sends nothing', async () => {
    const stop = new AbortController()
    const storage = openS3(server)
    const body = new Readable({ read: () => undefined })
    body.push(Buffer.alloc(10 * MIB))
    setTimeout(() => stop.abort(), 100)
    await assert.rejects(storage.put('silent', body, { signal: stop.signal }), { code: 'storage/aborted' })
    assert.equal(kept('silent'), undefined)
  })

  it('shares the memory for parts with all others', async () => {
    const storage = openS3(server, { partBytes: 5 * MIB, partsAtOnce: 1 })
    const contents = Array.from({ length: 8 }, () => randomBytes(7 * MIB))
    await Promise.all(contents.map((content, index) => storage.put(`many/${index}`, inChunks(content, 200_000), call)))
    for (const [index, content] of contents.entries()) assert.ok(kept(`many/${index}`)?.bytes.equals(content))
  })
})

describe('what an object on s3 gets', () => {
  let server: S3Server
  before(async () => {
    server = await startS3Server({ locks: true })
  })
  after(() => server.close())
  const properties = (key: string) => server.bucket('acme').objects.get(`web/${key}`)?.properties

  it("have the configured class; Holdfast's files remain readable, and markers removable", async () => {
    const storage = openS3(server, {
      storageClass: 'DEEP_ARCHIVE',
      lock: { mode: 'compliance', days: 30 },
      encryption: { kind: 'aws:kms', keyId: 'k' },
      tags: { host: 'web 01', tier: 'a&b' },
      partBytes: 5 * MIB,
    })
    const common = { encryption: 'aws:kms', tagging: 'host=web+01&tier=a%26b' }
    const locked = { lockMode: 'COMPLIANCE', lockUntil: '2026-01-31T00:00:00Z' }
    await storage.put('object', bodyOf('x'), call)
    await storage.put('large', bodyOf(Buffer.alloc(6 * MIB)), call)
    await storage.put('manifest.json', bodyOf('x'), { ...call, kind: 'metadata' })
    await storage.put('mark', bodyOf('x'), { ...call, kind: 'marker' })
    for (const key of ['object', 'large']) assert.deepEqual(properties(key), { storageClass: 'DEEP_ARCHIVE', ...locked, ...common })
    assert.deepEqual(properties('manifest.json'), { storageClass: 'STANDARD', ...locked, ...common })
    assert.deepEqual(properties('mark'), { storageClass: 'STANDARD', lockMode: undefined, lockUntil: undefined, ...common })
    await assert.rejects(storage.get('object', call), { code: 'storage/broken', message: /could not read "object"/u, hint: /restore-object/u })
  })

  it('is locked on a server too that has no CRC32', async () => {
    const other = await startS3Server({ locks: true, checksums: 'ignored' })
    const storage = openS3(other, { lock: { mode: 'governance', days: 1 } })
    await storage.put('one', bodyOf('x'), call)
    await storage.put('two', bodyOf('x'), call)
    assert.equal(other.bucket('acme').objects.get('web/two')?.properties.lockMode, 'GOVERNANCE')
    await other.close()
  })
})

describe('keys on s3', () => {
  it('are listed and removed by thousands, those of other roots left alone', async () => {
    const server = await startS3Server()
    const storage = openS3(server)
    const { objects } = server.bucket('acme')
    const one = { bytes: Buffer.from('x'), etag: 'e', properties: { storageClass: 'STANDARD' }, modified: new Date() }
    for (let count = 0; count < 2500; count++) objects.set(`web/many/${count}`, one)
    for (const key of ['web2/many/1', 'webmany', 'we', 'other']) objects.set(key, one)
    const keys: string[] = []
    for await (const { key } of storage.list('many/', call)) keys.push(key)
    assert.equal(new Set(keys).size, 2500)
    await storage.removeMany?.(keys, call)
    assert.deepEqual([...objects.keys()], ['web2/many/1', 'webmany', 'we', 'other'])
    assert.equal(server.requests.filter(({ what }) => what.startsWith('POST acme/?delete')).length, 3)
    await server.close()
  })

  it('may lie in the bucket itself', async () => {
    const server = await startS3Server()
    const storage = openS3(server, { root: '' })
    await storage.put('a/b', bodyOf('x'), call)
    assert.deepEqual([...server.bucket('acme').objects.keys()], ['a/b'])
    assert.equal(storage.label, 's3://acme/')
    await server.close()
  })
})

function inChunks(content: Buffer, size: number): Readable {
  function* chunks() {
    for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
  }
  return Readable.from(chunks(), { objectMode: false })
}
