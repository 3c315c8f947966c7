import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { readProcessTable } from '../../src/process/identity/process-table.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { bodyOf, call } from '../../src/storage/storage.suite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { openPlace } from '../palhm/place.ts'
import { asAttacker } from '../support/attacker.ts'
import { type HttpServer, openHttpServer } from '../support/http-server.ts'
import { rcloneSpec } from '../support/rclone.ts'
import { openS3 } from '../support/s3.ts'
import { attack } from './attack.ts'

const rclonePid = () =>
  readProcessTable().find(({ pid, parent }) => parent === process.pid && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'rclone\n')?.pid

// Asks whatever listens on this host, in each way that the remote control of rclone knows, with words of his own and without.
const ASKS = `
import base64, http.client, sys
ports = {int(line.split()[1].split(':')[1], 16) for line in open('/proc/net/tcp').readlines()[1:] if line.split()[3] == '0A'}
asked = [('POST', '/' + it) for it in ('rc/noop', 'core/version', 'core/pid', 'config/dump', 'options/get', 'operations/list', 'core/command', 'core/quit')]
asked += [('GET', '/[holdfast:]/key'), ('GET', '/'), ('GET', '/metrics'), ('OPTIONS', '/core/version')]
for port in ports:
    for method, path in asked:
        for user in (None, ':', 'rclone:rclone', 'root:'):
            headers = {'Content-Type': 'application/json'}
            if user is not None: headers['Authorization'] = 'Basic ' + base64.b64encode(user.encode()).decode()
            try:
                it = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
                it.request(method, path, '{"fs":"holdfast:","remote":"","command":"version"}' if method == 'POST' else None, headers)
                answer = it.getresponse()
                print(port, method, path, answer.status, answer.read(200).decode('latin1').replace(chr(10), ' '))
            except Exception: pass
`

attack(
  {
    name: 'another user sends requests to the remote control of rclone',
    attacker: 'a local user',
    how: 'finds the port in /proc/net/tcp, requests files, settings, commands and termination, without a password and with guessed ones, and inspects the process',
    outcome: 'each request is rejected; neither its password nor that of the remote is visible; the run continues',
    needs: ['root', 'setpriv', 'python3', 'rclone'],
  },
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-rclone-'))
    const storage = await openStorage(rcloneSpec(root, { values: { RCLONE_WEBDAV_PASS: 'CANARY' } }), { note: (text) => assert.fail(text) })
    t.after(async () => {
      await storage.close()
      rmSync(root, { recursive: true })
    })
    await storage.put('key', bodyOf('secret'), call)
    const pid = rclonePid()
    const heard = asAttacker('python3 -c "$1"', ASKS).split('\n')
    const refused = heard.filter((line) => / 401 /u.test(line))
    const port = refused[0]?.split(' ')[0] ?? ''
    const answers = heard.filter((line) => line.startsWith(`${port} `))
    assert.ok(refused.length >= 40, heard.join('\n'))
    for (const line of answers) assert.match(line, / 401 |^\d+ OPTIONS /u)
    assert.doesNotMatch(answers.join('\n'), /secret|CANARY/u)
    assert.doesNotMatch(asAttacker('cat /proc/$1/cmdline; cat /proc/$1/environ || :', String(pid)), /CANARY|PASS/u)
    assert.ok(pid !== undefined && rclonePid() === pid)
    await storage.put('other', bodyOf('more'), call)
  },
)

/** A server that sends everybody to another one, and the other one. */
async function openRedirects(t: TestContext, status: number, headers: Readonly<Record<string, string>> = {}) {
  const other = await openHttpServer(t)
  const first = await openHttpServer(t, ({ path }) => ({ status, headers: { location: `${other.url}${path}`, ...headers } }))
  return { first, other }
}

async function everyCall(storage: Storage): Promise<void> {
  const list = async () => {
    for await (const { key } of storage.list('', call)) assert.fail(key)
  }
  for (const work of [() => storage.get('a', call), () => storage.put('a', bodyOf('x'), call), list, () => storage.remove('a', call)])
    await assert.rejects(work, { name: 'StorageError' })
}

const REDIRECTS = [301, 302, 303, 307, 308] as const

attack(
  {
    name: 'an S3 store redirects requests to another host',
    attacker: 'a server that replaces an S3 store',
    how: 'answers each request with each kind of redirect, and with region names that refer to other hosts',
    outcome: 'the other host receives no request, and therefore no keys, tokens or data; every call fails',
    needs: [],
  },
  async (t) => {
    const account = { accessKey: 'test', secretKey: 'test' }
    const credentials = { accessKey: ['test'], secretKey: ['test'], sessionToken: ['CANARY'] }
    for (const status of REDIRECTS)
      for (const region of ['eu-west-1', '127.0.0.1/', 'x@127.0.0.1#']) {
        const { first, other } = await openRedirects(t, status, { 'x-amz-bucket-region': region })
        const storage = openS3({ url: first.url, account }, { credentials })
        await everyCall(storage)
        await storage.close()
        assert.ok(first.heard.length >= 4)
        assert.deepEqual(other.heard, [])
      }
  },
)

attack(
  {
    name: 'a WebDAV server redirects requests to another host',
    attacker: 'a server that replaces the storage of rclone',
    how: 'answers each request with each kind of redirect to a host with another name',
    outcome: 'the other host receives no password',
    needs: ['rclone'],
  },
  async (t) => {
    for (const status of REDIRECTS) {
      const { first, other } = await openRedirects(t, status)
      const url = first.url.replace('127.0.0.1', 'localhost')
      const storage = await openStorage(
        {
          ...rcloneSpec(`:webdav,url="${url}",user=me:root`, { values: { RCLONE_LOW_LEVEL_RETRIES: '1', RCLONE_RETRIES: '1' } }),
          obscured: { RCLONE_WEBDAV_PASS: ['CANARY'] },
        },
        { note: () => undefined },
      )
      await assert.rejects(async () => storage.put('a', bodyOf('x'), call))
      await storage.close()
      assert.ok(first.heard.some(({ headers }) => headers.authorization !== undefined))
      for (const { headers } of other.heard) assert.equal(headers.authorization, undefined)
    }
  },
)

attack(
  {
    name: 'a webhook and a ping are redirected to another host',
    attacker: 'a server that replaces a chat or monitoring service',
    how: 'answers the notifications of a run with each kind of redirect',
    outcome: 'the other host receives no request, and therefore no token or message; the run records a note',
    needs: [],
  },
  async (t) => {
    const other = await openHttpServer(t)
    const first: HttpServer = await openHttpServer(t, ({ path }) => ({
      status: Number(path.slice(1, 4)),
      headers: { location: `${other.url}${path}` },
    }))
    const place = openPlace(t)
    const notifiers = REDIRECTS.flatMap((status) => [
      `  h${status}: { type: webhook, url: "${first.url}/${status}", retries: 0, headers: { Authorization: "Bearer CANARY" } }`,
      `  p${status}: { type: ping, url: "${first.url}/${status}", retries: 0 }`,
    ])
    const names = REDIRECTS.flatMap((status) => [`h${status}`, `p${status}`])
    const text = `version: 1\nnotifiers:\n${notifiers.join('\n')}\nnotify: [{ to: [${names.join()}], on: always }]\ntasks: { a: { steps: [ { exec: ["true"] } ] } }\n`
    const { code, stderr } = await place.start(['-f', place.write('main.yaml', text), 'run', 'a'], { as: 'holdfast' })
    assert.equal(code, 0, stderr)
    assert.ok(first.heard.length >= names.length)
    assert.deepEqual(other.heard, [])
    assert.match((await place.start(['-f', join(place.run, 'main.yaml'), 'log'], { as: 'holdfast' })).stdout, /returned a redirect \(308\)/u)
  },
)
