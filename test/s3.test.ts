import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { openPlace, type Place } from './palhm/place.ts'
import { guideBlocks } from './support/guide.ts'
import { noRclone } from './support/rclone.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'

const SECRET = 'testsecret'

describe('a native configuration with s3', () => {
  let server: S3Server
  before(async () => {
    server = await startS3Server()
  })
  after(() => server.close())

  const configure = (place: Place, more = '') =>
    place.write(
      'holdfast.yaml',
      `version: 1
storages:
  offsite: { type: s3, bucket: acme, root: "/hosts/web-01/", endpoint: "${server.url}", access-key: test, secret-key: "\${env:S3_SECRET}"${more} }
tasks:
  nightly:
    steps:
      - backup:
          to: offsite
          keep: { last: 2 }
          objects:
            etc: { files: { paths: ["${join(place.run, 'tree')}"] } }
            "notes/a b+c": { exec: [echo, hello], compress: none }
            large: { exec: [head, -c, "20000000", /dev/zero], compress: none }
`,
    )
  const holdfast = (place: Place, ...args: readonly string[]) =>
    place.start(['-f', join(place.run, 'holdfast.yaml'), ...args], { as: 'holdfast', env: { HOME: place.run, S3_SECRET: SECRET } })
  const prepared = (t: TestContext, more?: string) => {
    const place = openPlace(t)
    server.bucket('acme').objects.clear()
    place.write('tree/sub/file', 'content')
    configure(place, more)
    return place
  }

  it('makes, lists, verifies, rotates and restores sets, and keeps the secret', async (t) => {
    const place = prepared(t)
    for (let count = 0; count < 3; count++) {
      const { code, stdout, stderr } = await holdfast(place, '-q', 'run')
      assert.deepEqual([code, stdout, stderr], [0, '', ''])
    }
    const listed = await holdfast(place, 'sets')
    assert.equal(listed.stdout.match(/complete/gu)?.length, 2)
    const verified = await holdfast(place, 'verify', 'nightly')
    assert.deepEqual([verified.code, verified.stderr], [0, ''])
    const restored = await holdfast(place, 'restore', 'nightly', 'latest', '--to', join(place.run, 'out'))
    assert.deepEqual([restored.code, restored.stderr], [0, ''])
    assert.equal(readFileSync(join(place.run, 'out/notes/a b+c'), 'utf8'), 'hello\n')
    const shown = await holdfast(place, 'config', 'show')
    assert.match(shown.stdout, /credentials: from the configuration/u)
    for (const { stdout, stderr } of [listed, verified, restored, shown]) assert.doesNotMatch(stdout + stderr, new RegExp(SECRET, 'u'))
    for (const { bytes } of server.bucket('acme').objects.values()) assert.ok(!bytes.includes(SECRET))
  })

  it('reports what would fail', async (t) => {
    const place = prepared(t)
    const good = await holdfast(place, 'run', '--dry-run')
    assert.equal(good.code, 0)
    assert.match(good.stdout, /new set .* on "s3:\/\/acme\/hosts\/web-01\/nightly"/u)
    assert.equal(server.bucket('acme').objects.size, 0)
    const bad = await place.start(['-f', join(place.run, 'holdfast.yaml'), 'run', '--dry-run'], { as: 'holdfast', env: { S3_SECRET: 'wrong' } })
    assert.equal(bad.code, 1)
    assert.match(bad.stdout, /invalid secret key/u)
  })

  it('is restored by the commands of the set itself, once it was brought here by another program', { skip: noRclone }, async (t) => {
    const place = prepared(t)
    assert.equal((await holdfast(place, '-q', 'run')).code, 0)
    const keys = [...server.bucket('acme').objects.keys()]
    const set = keys[0]?.split('/')[3] ?? ''
    const folder = join(place.run, 'fetched', set)
    mkdirSync(folder, { recursive: true })
    const guide = server.bucket('acme').objects.get(`hosts/web-01/nightly/${set}/RESTORE.md`)?.bytes.toString() ?? ''
    // As it says itself, with the places filled in.
    assert.match(guide, /`rclone copy REMOTE:ROOT\/.+`/u)
    const remote = {
      RCLONE_CONFIG_B_TYPE: 's3',
      RCLONE_CONFIG_B_PROVIDER: 'Other',
      RCLONE_CONFIG_B_ENDPOINT: server.url,
      RCLONE_CONFIG_B_ACCESS_KEY_ID: 'test',
      RCLONE_CONFIG_B_SECRET_ACCESS_KEY: SECRET,
    }
    await run(['rclone', '--config', '/dev/null', 'copy', `B:acme/hosts/web-01/nightly/${set}`, folder], { cwd: place.run, env: remote })
    await run(['sh', '-eu', '-c', guideBlocks(guide).join('\n')], { cwd: folder, env: { DEST: join(place.run, 'dest') } })
    assert.equal(readFileSync(join(place.run, 'dest/notes/a b+c'), 'utf8'), 'hello\n')
  })
})

async function run(
  [program = '', ...args]: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) {
  const child = spawn(program, args, { cwd, env: { PATH: '/usr/bin:/bin', HOME: cwd, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0, stderr)
}
