import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import { verifySet } from '../../src/backup/verify/verify-set.ts'
import { openS3 } from '../support/s3.ts'
import type { KeptObject } from '../support/s3-server/buckets.ts'
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts'
import { someOf } from '../support/some-of.ts'
import { openSetup, type Setup } from './setup.ts'
import { MARKER_POINTS, S3_POINTS } from './stop-points.ts'

const OCCASIONS = [
  ...MARKER_POINTS,
  ...S3_POINTS,
  'part-sent#3',
  'object-put#2',
  'object-put#5',
  'own-file-written#4',
  'expire-deleted#2',
  'class-changed#2',
]
const OLD_SETS = 2
const signal = new AbortController().signal

describe('a run to s3 that is killed with SIGKILL', () => {
  let server: S3Server
  let model: ReadonlyMap<string, KeptObject>
  before(async () => {
    server = await startS3Server()
    const setup = openSetup({ after: () => undefined })
    configure(setup, 10)
    for (let count = 0; count < OLD_SETS; count++) assert.deepEqual(essence(await start(setup)), [0, ''])
    model = new Map(server.bucket('acme').objects)
    assert.equal((await complete()).length, OLD_SETS)
  })
  after(() => server.close())

  for (const point of someOf(new Set(OCCASIONS), 2)) {
    it(`at "${point}": every set is complete, none is lost, and the next run removes the remains, including uploads`, async (t) => {
      const { objects, uploads } = server.bucket('acme')
      objects.clear()
      uploads.clear()
      for (const [key, object] of model) objects.set(key, object)
      const old = await complete()
      const setup = openSetup(t)
      configure(setup, 1)
      assert.equal((await start(setup, [point, 'KILL'])).signal, 'SIGKILL')
      const present = await complete()
      const gone = old.filter((name) => !present.includes(name))
      const fresh = present.filter((name) => !old.includes(name))
      assert.ok(gone.length === 0 || fresh.length === 1, 'old sets go only when the new one is there')
      assert.deepEqual(essence(await start(setup)), [0, ''])
      const [only, ...more] = await complete()
      assert.deepEqual([more, uploads.size], [[], 0])
      // What the dead had sent may still arrive: a tombstone awaits it, where it would count as a set.
      const keys = [...objects.keys()].filter((key) => !key.endsWith('/.holdfast/expiring'))
      assert.deepEqual(
        keys.filter((key) => !key.startsWith(`web/${only}/`) || key.includes('.holdfast')),
        [],
      )
      assert.deepEqual(setup.living(), [])
    })
  }

  /** The names of the complete sets, each of them verified. */
  async function complete(): Promise<readonly string[]> {
    const storage = openS3(server)
    const sets = objectStoreSets(storage, { completeWhen: 'folder' })
    const names: string[] = []
    for (const { name, state } of await sets.list({ signal })) {
      if (state === 'unfinished') continue
      assert.equal(state, 'complete')
      names.push(name)
      assert.deepEqual((await asBroughtBack(() => verifySet(sets, name, { signal }))).problems, [])
    }
    await storage.close()
    return names
  }

  /** What was moved to the archive cannot be read: meanwhile it is as if it were not there. */
  async function asBroughtBack<T>(work: () => Promise<T>): Promise<T> {
    const { objects } = server.bucket('acme')
    const archived = [...objects].filter(([, { properties }]) => properties.storageClass === 'GLACIER')
    for (const [key, object] of archived) objects.set(key, { ...object, properties: { ...object.properties, storageClass: 'STANDARD' } })
    try {
      return await work()
    } finally {
      for (const [key, object] of archived) objects.set(key, object)
    }
  }

  function start(setup: Setup, at?: readonly [string, string]) {
    const { url, account } = server
    const env = {
      HOME: setup.top,
      AWS_ENDPOINT_URL_S3: url,
      AWS_ACCESS_KEY_ID: account.accessKey,
      AWS_SECRET_ACCESS_KEY: account.secretKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    return setup.start(['-q', 'run'], { env, ...(at && { at }) })
  }
})

function configure(setup: Setup, copies: number): void {
  const head = (bytes: number) => [{ type: 'exec-inline', argv: ['/usr/bin/head', '-c', String(bytes), '/dev/zero'] }]
  const param = { bucket: 'acme', root: 'web', 'nb-copy-limit': copies, 'rot-storage-class': 'GLACIER' }
  const objects = [
    { path: 'small', pipeline: head(10) },
    { path: 'd/large', pipeline: head(17_000_000) },
  ]
  setup.configure({
    modules: ['aws'],
    'nb-workers': 2,
    tasks: [{ id: 'default', type: 'backup', backend: 'aws-s3', 'backend-param': param, objects }],
  })
}

function essence({ code, stderr }: { readonly code: number | null; readonly stderr: string }): readonly unknown[] {
  return [code, stderr]
}
