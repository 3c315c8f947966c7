import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { hostMarkers } from '../src/backup/object-store/marker-files.ts'
import { objectStoreSets } from '../src/backup/object-store/object-store-sets.ts'
import { setStoreSuite } from '../src/backup/store/set-store.suite.ts'
import { bodyOf, call } from '../src/storage/storage.suite.ts'
import { openS3 } from './support/s3.ts'
import { beginUpload } from './support/s3-server/buckets.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'
import { makeSet } from './support/sets.ts'

describe('sets on s3', () => {
  let server: S3Server
  let roots = 0
  before(async () => {
    server = await startS3Server({ pageSize: 7 })
  })
  after(() => server.close())
  const open = () => {
    roots += 1
    return openS3(server, { root: `r${roots}` })
  }

  setStoreSuite('s3', async () => {
    const storage = open()
    return { storage, sets: objectStoreSets(storage, { completeWhen: 'manifest' }), legacySets: objectStoreSets(storage, { completeWhen: 'folder' }) }
  })

  it('are listed without reading missing files, many in parallel', async () => {
    const storage = open()
    const sets = objectStoreSets(storage, { completeWhen: 'manifest' })
    for (let second = 0; second < 3; second++) await makeSet(sets, call, { began: new Date(Date.UTC(2026, 0, 1, 0, 0, second)), objects: { a: 'x' } })
    await storage.put('2025-01-01T00:00:00+00:00/a', bodyOf('x'), call)
    const before = server.requests.length
    const states = (await sets.list(call)).map(({ state }) => state)
    assert.deepEqual(states, ['unfinished', 'complete', 'complete', 'complete'])
    const asked = server.requests.slice(before).map(({ what }) => what)
    assert.equal(asked.filter((what) => !what.includes('list-type')).length, 3, 'one manifest each')
  })
})

describe('uploads that were left on s3', () => {
  const NAME = '20260101T000000Z'
  let server: S3Server
  before(async () => {
    server = await startS3Server()
  })
  after(() => server.close())
  beforeEach(() => {
    const { objects, uploads } = server.bucket('acme')
    objects.clear()
    uploads.clear()
  })
  const leave = (key: string, begun = new Date()) => {
    const bucket = server.bucket('acme')
    const upload = beginUpload(bucket, { key, checksCrc32: false, properties: { storageClass: 'STANDARD' } })
    bucket.uploads.set(upload.id, { ...upload, begun })
  }
  const left = () => [...server.bucket('acme').uploads.values()].map(({ key }) => key).toSorted()
  const begin = async (runId: string, { isDead = false } = {}) => {
    const deps = isDead
      ? { ...hostMarkers, ownerOf: (run: Parameters<typeof hostMarkers.ownerOf>[0]) => ({ ...hostMarkers.ownerOf(run), start: -1 }) }
      : hostMarkers
    return objectStoreSets(openS3(server), { completeWhen: 'manifest' }, deps).begin(
      { runId, task: 't', began: new Date('2026-01-01T00:00:00Z') },
      call,
    )
  }

  it('are aborted if their set was removed and all its runs are dead', async () => {
    await begin('dead', { isDead: true })
    for (const key of [`web/${NAME}/a`, 'web/2025-01-01T00:00:00+00:00/gone']) leave(key)
    await begin('next')
    assert.deepEqual(left(), [])
  })

  it("are kept if a run may continue with them, and if they do not belong to Holdfast's sets", async () => {
    await begin('living')
    const kept = ['other/x', 'web/photos/x', 'web/x', `web/${NAME}/a`, `web2/${NAME}/a`]
    for (const key of kept) leave(key)
    await begin('next')
    assert.deepEqual(left(), kept.toSorted())
  })

  it('stay for a day in a complete set, which may be on its way to an archive', async () => {
    const sets = objectStoreSets(openS3(server), { completeWhen: 'manifest' })
    const name = await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { a: 'x' } })
    leave(`web/${name}/old`, new Date('2025-12-30T00:00:00Z'))
    leave(`web/${name}/young`, new Date('2025-12-31T12:00:00Z'))
    await begin('next')
    assert.deepEqual(left(), [`web/${name}/young`])
  })

  it('are no reason to fail where one may not look for them', async () => {
    const { S3Refusal } = await import('./support/s3-server/refusal.ts')
    const strict = await startS3Server({ refuse: (what) => (what.includes('?uploads') ? new S3Refusal(403, 'AccessDenied', 'No.') : undefined) })
    const sets = objectStoreSets(openS3(strict), { completeWhen: 'manifest' })
    await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { a: 'x' } })
    assert.equal((await sets.list(call)).length, 1)
    await strict.close()
  })
})
