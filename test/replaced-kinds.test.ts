import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../tools/build.ts'
import { noRclone } from './support/rclone.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'
import { openSnsServer, SNS_ACCOUNT } from './support/sns-server.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

for (const [layout, make] of [
  ['the sources', copySources],
  ['the folder for hosts', async (home: string) => buildFolder(checkout, home)],
] as const) {
  describe(`a run goes on after its program was moved away: ${layout}`, () => {
    const top = mkdtempSync(join(tmpdir(), 'replaced-'))
    const home = join(top, 'home')
    let store: S3Server
    before(async () => {
      await make(home)
      store = await startS3Server({ account: SNS_ACCOUNT })
    })
    after(async () => {
      await store.close()
      rmSync(top, { recursive: true, force: true })
    })
    let runs = 0

    /** Runs a task whose first step waits until the program was moved. */
    const runReplaced = async (plan: { readonly storage: string; readonly notifiers?: string }, more: Readonly<Record<string, string>> = {}) => {
      runs += 1
      const place = join(top, `run-${runs}`)
      mkdirSync(place)
      const [config, begun, gone] = ['holdfast.yaml', 'begun', 'gone'].map((name) => join(place, name)) as [string, string, string]
      const wait = `touch ${begun}; while [ ! -e ${gone} ]; do sleep 0.05; done`
      const notify = plan.notifiers === undefined ? '' : `notifiers: { ops: ${plan.notifiers} }\nnotify: { to: ops, on: always }\n`
      writeFileSync(
        config,
        `version: 1
storages: { store: ${plan.storage.replaceAll('@PLACE@', place)} }
${notify}tasks:
  t:
    steps:
      - exec: [/bin/sh, -c, "${wait}"]
      - backup: { to: store, objects: { o: { exec: [/bin/echo, x] } } }
`,
      )
      const env = { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(place, 'state'), HOME: place, ...more }
      const child = spawn(join(home, 'holdfast'), ['-f', config, 'run'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      const said: string[] = []
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(String(chunk)))
      const closed = once(child, 'close')
      while (!existsSync(begun)) {
        assert.equal(child.exitCode, null, said.join(''))
        await sleep(20)
      }
      renameSync(home, `${home}-old`)
      mkdirSync(home)
      try {
        writeFileSync(gone, '')
        const [code] = await closed
        assert.equal(code, 0, said.join(''))
        assert.doesNotMatch(said.join(''), /internal error|cannot find|could not/iu)
      } finally {
        rmSync(home, { recursive: true })
        renameSync(`${home}-old`, home)
      }
      return place
    }
    const s3 = (more = '') => `{ type: s3, bucket: acme, root: r${runs}, endpoint: "${store.url}", region: us-east-1${more} }`
    const keys = { AWS_ACCESS_KEY_ID: SNS_ACCOUNT.accessKey, AWS_SECRET_ACCESS_KEY: SNS_ACCOUNT.secretKey }
    const asJson = JSON.stringify({ Version: 1, AccessKeyId: SNS_ACCOUNT.accessKey, SecretAccessKey: SNS_ACCOUNT.secretKey })
    const profile = (text: string) => {
      const file = join(top, `credentials-${runs}`)
      writeFileSync(file, `[ops]\n${text}\n`)
      return { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: file }
    }
    const hasSet = () =>
      assert.ok([...store.bucket('acme').objects.keys()].some((key) => key.startsWith(`r${runs - 1}/`) && /\/o(?:\.\w+)?$/u.test(key)))

    it('a local folder, and a mail program', async () => {
      const sent = join(top, 'mail')
      const program = join(top, 'sendmail')
      writeFileSync(program, `#!/bin/sh\ncat > ${sent}\n`, { mode: 0o755 })
      const place = await runReplaced({
        storage: '{ type: localfs, root: "@PLACE@/sets" }',
        notifiers: `{ type: sendmail, program: ${program}, to: root@localhost }`,
      })
      assert.deepEqual([readdirSync(join(place, 'sets')).filter((name) => !name.startsWith('.')).length, existsSync(sent)], [1, true])
    })

    it('S3 with keys of the configuration', async () => {
      await runReplaced({ storage: s3(`, access-key: ${SNS_ACCOUNT.accessKey}, secret-key: ${SNS_ACCOUNT.secretKey}`) })
      hasSet()
    })

    it('S3 with keys of the environment', async () => {
      await runReplaced({ storage: s3() }, keys)
      hasSet()
    })

    it('S3 with keys of a profile', async () => {
      const text = `aws_access_key_id = ${SNS_ACCOUNT.accessKey}\naws_secret_access_key = ${SNS_ACCOUNT.secretKey}`
      await runReplaced({ storage: s3(', profile: ops') }, profile(text))
      hasSet()
    })

    it('S3 with the keys of a program', async () => {
      const program = join(top, 'keys')
      writeFileSync(program, `#!/bin/sh\necho '${asJson}'\n`, { mode: 0o755 })
      await runReplaced({ storage: s3(', profile: ops') }, profile(`credential_process = ${program}`))
      hasSet()
    })

    it('S3 with the keys of a container or role', async (t) => {
      const answer = JSON.stringify({
        AccessKeyId: SNS_ACCOUNT.accessKey,
        SecretAccessKey: SNS_ACCOUNT.secretKey,
        Token: 'token',
        Expiration: '2099-01-01T00:00:00Z',
      })
      const agent = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
      await once(agent, 'listening')
      t.after(() => agent.close())
      const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/keys`
      await runReplaced({ storage: s3() }, { AWS_CONTAINER_CREDENTIALS_FULL_URI: url })
      hasSet()
    })

    it('SNS', async (t) => {
      const sns = await openSnsServer(t)
      const notifiers = `{ type: sns, to: "arn:aws:sns:eu-west-1:000000000000:ops", endpoint: "${sns.url}" }`
      await runReplaced({ storage: '{ type: localfs, root: "@PLACE@/sets" }', notifiers }, keys)
      assert.equal(sns.published.length, 1)
    })

    it('rclone', { skip: noRclone }, async () => {
      const place = await runReplaced({ storage: '{ type: rclone, remote: ":local:@PLACE@/remote" }' })
      assert.ok(existsSync(join(place, 'remote')))
    })
  })
}

async function copySources(home: string): Promise<void> {
  mkdirSync(home)
  for (const name of ['holdfast', 'package.json', 'src', 'share'])
    cpSync(join(checkout, name), join(home, name), { recursive: true, verbatimSymlinks: true })
  symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'))
}
