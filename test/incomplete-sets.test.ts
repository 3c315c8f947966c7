import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { noRclone } from './support/rclone.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'
import { noSshd, type Sshd, startSshd } from './support/sshd.ts'

// Tests of every kind can be skipped, with a reason.
const ALWAYS = { skip: false as string | false }

describe('incomplete sets', () => {
  let s3: S3Server
  let sshd: Sshd | undefined
  before(async () => {
    s3 = await startS3Server()
    if (!noSshd && !noRclone) sshd = await startSshd()
  })
  after(async () => {
    await s3.close()
    await sshd?.stop()
  })

  const storages = {
    localfs: { ...ALWAYS, text: (root: string) => `{ type: localfs, root: ${root} }` },
    s3: { ...ALWAYS, text: () => `{ type: s3, bucket: acme, root: sets, endpoint: "${s3.url}", access-key: test, secret-key: testsecret }` },
    rclone: { skip: noRclone, text: (root: string) => `{ type: rclone, remote: "${root}" }` },
    sftp: {
      skip: noRclone || noSshd,
      text: (root: string) =>
        `{ type: sftp, host: 127.0.0.1, port: ${sshd?.port}, user: ${sshd?.user}, key-file: ${sshd?.keyFile}, known-hosts: ${sshd?.knownHosts}, root: "${root}" }`,
    },
  }

  for (const [name, { skip, text }] of Object.entries(storages))
    it(`are treated as such by every command: ${name}`, { skip }, async (t) => {
      const place = openPlace(t)
      const at = (path: string) => join(place.run, path)
      for (const folder of ['far', 'near']) mkdirSync(at(folder))
      const config = place.write(
        'holdfast.yaml',
        `version: 1
storages: { far: ${text(at('far'))}, near: { type: localfs, root: ${at('near')} } }
tasks:
  nightly:
    steps:
      - backup:
          to: far
          keep: { last: 1 }
          on-object-failure: keep
          objects: { good: { exec: [echo, good] }, bad: { exec: [test, -e, ${at('there')}] } }
  offsite: { steps: [{ copy: { name: nightly, from: far, to: near, sets: all } }] }
`,
      )
      const run = (...args: string[]) => place.start(['-f', config, ...args], { as: 'holdfast', env: { HOME: place.run } })
      const states = async (...words: string[]) => {
        const { stdout } = await run('sets', ...words)
        return [...stdout.matchAll(/^ *(?<set>2\S+) +(?<state>\S+)/gmu)].map(({ groups }) => groups?.['state'])
      }
      writeFileSync(at('there'), '')
      const first = await run('-q', 'run', 'nightly')
      assert.equal(first.code, 0, first.stderr)
      rmSync(at('there'))
      for (const _ of [1, 2]) {
        const { code, stderr } = await run('run', 'nightly')
        assert.equal(code, 4, stderr)
        assert.match(stderr, /the set is incomplete: 1 of 2 objects could not be made: "bad/u)
      }
      assert.deepEqual(await states('nightly'), ['complete', 'incomplete'])
      const verified = await run('verify', 'nightly')
      assert.equal(verified.code, 1)
      assert.match(verified.stderr, /"bad\S*" is missing: it could not be made/u)
      assert.match((await run('check', 'nightly', '--timeout', '5m')).stdout, /is incomplete/u)
      assert.match((await run('rotate', 'nightly', '--dry-run')).stdout, /keep \S+: incomplete/u)
      const restored = await run('restore', 'nightly', 'latest', '--to', at('back'))
      assert.equal(restored.code, 0, restored.stderr)
      assert.match(restored.stderr, /warning: the set is incomplete: the object "bad\S*" could not be made/u)
      assert.match((await run('ls', 'nightly', 'latest')).stdout, /incomplete/u)
      const copied = await run('run', 'offsite')
      assert.equal(copied.code, 0, copied.stderr)
      assert.deepEqual(await states('offsite'), ['complete', 'incomplete'])
    })
})
