import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'

function openProgram(t: TestContext, server: S3Server, more = '') {
  const place = openPlace(t)
  const storage = `{ type: s3, bucket: acme, root: r, endpoint: "${server.url}", access-key: test, secret-key: testsecret${more} }`
  const configOf = (last: number) =>
    `version: 1\nstorages: { s: ${storage.replaceAll('@RUN@', place.run)} }\ntasks: { t: { steps: [{ backup: { keep: { last: ${last} }, objects: { a: { exec: [echo, x] } } } }] } }\n`
  const write = (last: number) => place.write('holdfast.yaml', configOf(last))
  const config = write(2)
  const run = (...words: readonly string[]) => place.start(['-f', config, ...words], { as: 'holdfast', env: { HOME: place.run } })
  const sets = () => new Set([...server.bucket('acme').objects.keys()].flatMap((key) => /^r\/t\/(\d[^/]+)\//u.exec(key)?.[1] ?? [])).size
  return { place, write, run, sets }
}

describe('a store that changes', { concurrency: 2 }, () => {
  for (const [of, ...refusal] of [
    ['Ceph', 403, 'QuotaExceeded'],
    ['MinIO', 400, 'XMinioAdminBucketQuotaExceeded'],
    ['Backblaze B2', 403, 'AccessDenied', 'Cannot upload files, storage cap exceeded. See the Caps & Alerts page to increase your cap.'],
    ['others', 507, 'InsufficientStorage'],
  ] as const)
    it(`because its quota is used up (with the error of ${of}) can be rotated, and is full to a run`, async (t) => {
      let isFull = false
      const server = await startS3Server({ isFull: () => (isFull ? refusal : undefined) })
      t.after(() => server.close())
      const { write, run, sets } = openProgram(t, server)
      for (const _ of [1, 2]) assert.equal((await run('-q', 'run', 't')).code, 0)
      assert.equal(sets(), 2)
      isFull = true
      const asked = server.requests.length
      const full = await run('-q', 'run', 't')
      assert.equal(full.code, 1)
      assert.match(full.stderr, /quota exceeded|store is full/u)
      assert.match(full.stderr, /keep fewer sets/u)
      assert.ok(server.requests.length - asked < 60)
      const checked = await run('storage', 'check', 's')
      assert.equal(checked.code, 1)
      assert.match(checked.stdout, /quota exceeded|store is full/u)
      write(1)
      const rotated = await run('rotate', 't', '--yes')
      assert.equal(rotated.code, 0, rotated.stdout + rotated.stderr)
      assert.equal(sets(), 1)
      isFull = false
      assert.equal((await run('-q', 'verify', 't')).code, 0)
    })

  it('its session keys while newer ones are in their file is used with these', async (t) => {
    let requests = 0
    let token = 'first'
    let file = ''
    const server = await startS3Server({
      token: () => {
        requests += 1
        if (requests % 9 === 0) {
          token = `token-${requests}`
          writeFileSync(file, token)
        }
        return token
      },
    })
    t.after(() => server.close())
    const { place, run } = openProgram(t, server, `, session-token: "\${file:@RUN@/token}"`)
    file = join(place.run, 'token')
    writeFileSync(file, token, { mode: 0o600 })
    for (const words of [
      ['-q', 'run', 't'],
      ['-q', 'run', 't'],
      ['-q', 'verify', 't'],
      ['storage', 'check', 's', '--size', '1MiB'],
    ]) {
      const { code, stdout, stderr } = await run(...words)
      assert.equal(code, 0, stdout + stderr)
    }
    assert.ok(server.requests.some(({ status }) => status === 400))
  })

  it('its session keys for ever is refused within a few requests', async (t) => {
    const server = await startS3Server({ token: () => 'newer' })
    t.after(() => server.close())
    const { run } = openProgram(t, server, ', session-token: older')
    const { code, stderr } = await run('-q', 'run', 't')
    assert.equal(code, 1)
    assert.match(stderr, /the credentials have expired/u)
    assert.ok(server.requests.length < 60, String(server.requests.length))
  })
})
