import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import { setStoreSuite } from '../../src/backup/store/set-store.suite.ts'
import { bodyOf, call, storageSuite } from '../../src/storage/storage.suite.ts'
import { type Ceph, noCeph, startCeph } from '../support/ceph.ts'
import { guideBlocks } from '../support/guide.ts'
import { openS3 } from '../support/s3.ts'
import { startS3Server } from '../support/s3-server/s3-server.ts'
import { makeSet } from '../support/sets.ts'
import { onlyWhenLong } from './only-when-long.ts'

const PORT = 7680
const skip = onlyWhenLong() || noCeph
const holdfast = fileURLToPath(new URL('../../holdfast', import.meta.url))

if (skip) it('a real object store', { skip })
else {
  let ceph: Ceph
  let roots = 0
  before(async () => {
    ceph = startCeph(PORT)
    const { accessKey, secretKey } = ceph.account
    const client = new S3Client({
      endpoint: ceph.url,
      region: 'default',
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    })
    await client.send(new CreateBucketCommand({ Bucket: 'acme' }))
    client.destroy()
  })
  after(() => ceph.stop())
  const open = (more = {}) => {
    roots += 1
    return openS3(ceph, { root: `r${roots}`, ...more })
  }

  storageSuite('s3 on Ceph', async () => open())
  setStoreSuite('s3 on Ceph', async () => {
    const storage = open()
    return { storage, sets: objectStoreSets(storage, { completeWhen: 'manifest' }), legacySets: objectStoreSets(storage, { completeWhen: 'folder' }) }
  })

  describe('s3 on Ceph', () => {
    it('uploads a large object in parts, and removes an unfinished upload', async () => {
      const storage = open({ partBytes: 5 * 1024 ** 2 })
      const content = randomBytes(23 * 1024 ** 2)
      await storage.put('2026-01-01T00:00:00+00:00/large', bodyOf(content), call)
      const digest = createHash('sha256')
      for await (const chunk of await storage.get('2026-01-01T00:00:00+00:00/large', call)) digest.update(chunk as Buffer)
      assert.equal(digest.digest('hex'), createHash('sha256').update(content).digest('hex'))
      async function* breaking() {
        yield content
        throw new Error('the dump died')
      }
      await assert.rejects(storage.put('broken', Readable.from(breaking(), { objectMode: false }), call), /the dump died/u)
      assert.deepEqual(await storage.unfinished?.list(call), [])
    })

    it('lists and removes more than a thousand keys', async () => {
      const storage = open()
      const keys = Array.from({ length: 1100 }, (_, index) => `many/${index}`)
      for (let at = 0; at < keys.length; at += 50) await Promise.all(keys.slice(at, at + 50).map((key) => storage.put(key, bodyOf('x'), call)))
      const found: string[] = []
      for await (const { key } of storage.list('many/', call)) found.push(key)
      assert.deepEqual(found.toSorted(), keys.toSorted())
      await storage.removeMany?.(keys, call)
      for await (const { key } of storage.list('', call)) assert.fail(key)
    })

    it('is restored by the program, and by the commands of the set after "aws s3 cp"', (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-ceph-run-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const objects = '{ notes: { exec: [echo, hello], compress: none }, large: { exec: [head, -c, "20000000", /dev/zero] } }'
      const storage = `{ type: s3, bucket: acme, root: host, endpoint: "${ceph.url}", access-key: test, secret-key: "\${env:KEY}" }`
      const config = join(folder, 'holdfast.yaml')
      writeFileSync(config, `version: 1\nstorages: { s: ${storage} }\ntasks: { t: { steps: [{ backup: { objects: ${objects} } }] } }\n`)
      const run = (argv: readonly string[], cwd = folder, more = {}) => {
        const [program = '', ...args] = argv
        const env = { PATH: '/usr/bin:/bin', HOME: folder, HOLDFAST_STATE: join(folder, 'state'), KEY: 'testsecret', ...more }
        const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' })
        assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`)
        return stdout
      }
      run([holdfast, '-q', '-f', config, 'run'])
      run([holdfast, '-q', '-f', config, 'restore', 't', 'latest', '--to', join(folder, 'out')])
      assert.equal(readFileSync(join(folder, 'out/notes'), 'utf8'), 'hello\n')
      const account = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret', AWS_DEFAULT_REGION: 'default' }
      run(['aws', '--endpoint-url', ceph.url, 's3', 'cp', '--quiet', '--recursive', 's3://acme/host/t', join(folder, 'fetched')], folder, account)
      const [set = ''] = run(['ls', join(folder, 'fetched')]).split('\n')
      const fetched = join(folder, 'fetched', set)
      run(['sh', '-eu', '-c', guideBlocks(readFileSync(join(fetched, 'RESTORE.md'), 'utf8')).join('\n')], fetched, { DEST: join(folder, 'dest') })
      assert.equal(readFileSync(join(folder, 'dest/notes'), 'utf8'), 'hello\n')
    })
  })

  it('the server of the other tests answers as Ceph does', async () => {
    const server = await startS3Server({ checksums: 'ignored' })
    const seen: unknown[] = []
    for (const storage of [openS3(server, { root: 'same' }), openS3(ceph, { root: 'same' })]) {
      const sets = objectStoreSets(storage, { completeWhen: 'manifest' })
      await makeSet(sets, call, { began: new Date('2026-01-01T00:00:00Z'), objects: { a: 'x', 'b/c d+e': Buffer.alloc(9 * 1024 ** 2) } })
      const keys: string[] = []
      for await (const { key, bytes } of storage.list('', call))
        if (!key.includes('manifest') && !key.includes('SHA256')) keys.push(`${key} ${bytes}`)
      seen.push(keys)
      await storage.close()
    }
    assert.deepEqual(seen[0], seen[1])
    await server.close()
  })
}
