import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { after, before, describe, test } from 'node:test'
import { type Authority, openAuthority } from '../support/authority.ts'
import { requires } from '../support/requires.ts'
import { nativeConfig, openWebPlace, type WebPlace } from '../support/web-place.ts'

type Render = (folder: string, port: number, authority: Authority) => string

const NETWORKS = ['192.0.2.0/24', '2001:db8::/32']
const PROXIES = ['127.0.0.1', '10.0.0.0/8']
// Not a proxy.
const CLIENT = '127.0.0.2'

/** The same settings in each dialect. */
const DIALECTS: Readonly<Record<string, { readonly name: string; readonly render: Render }>> = {
  'the native one': {
    name: 'holdfast.yaml',
    render: (folder, port, { certFile, keyFile }) =>
      nativeConfig(folder, port).replace(
        'web: {',
        `web: { base-path: /copies, names: [backup.example.org], trusted-proxies: [${PROXIES}], allow: ${JSON.stringify(NETWORKS)}, tls: { certificate: ${certFile}, key: ${keyFile} },`,
      ),
  },
  'that of KristaBackup': {
    name: 'config.yaml',
    render: (folder, port, { certFile, keyFile }) => `naming: {server_name: srv1, project: proj, region: reg}
logging: {logs_path: ${folder}/logs}
web:
  port: ${port}
  base_path: /copies
  names: [backup.example.org]
  trusted_proxies: ${JSON.stringify(PROXIES)}
  allow: ${JSON.stringify(NETWORKS)}
  certificate: ${certFile}
  certificate_key: ${keyFile}
schedule: {}
actions:
  tar0: {type: tar, basename: etc, src_path: ${folder}/data, dest_path: ${folder}/root}
`,
  },
  'that of PALHM': {
    name: 'palhm.json',
    render: (_, port, { certFile, keyFile }) =>
      JSON.stringify({
        web: {
          ...{ port, 'base-path': '/copies', names: ['backup.example.org'], 'trusted-proxies': PROXIES, allow: NETWORKS },
          ...{ certificate: certFile, 'certificate-key': keyFile },
        },
        tasks: [{ id: 'default', type: 'routine', routine: [{ type: 'exec-inline', argv: ['true'] }] }],
      }),
  },
}

for (const [dialect, { name, render }] of Object.entries(DIALECTS))
  describe(`the settings of the server in a configuration, ${dialect}`, { skip: requires('openssl') }, () => {
    const cleanups: (() => void)[] = []
    let authority: Authority
    let place: WebPlace
    before(async () => {
      authority = openAuthority({ after: (work) => cleanups.push(work) })
      place = await openWebPlace({ name, render: (folder, port) => render(folder, port, authority) })
      await place.start()
    })
    after(async () => {
      await place.close()
      for (const work of cleanups) work()
    })

    /** The status and the text of a response, over https with this certificate. */
    function ask(
      path: string,
      headers: Readonly<Record<string, string>> = {},
      localAddress = '127.0.0.1',
    ): Promise<readonly [number | undefined, string]> {
      const options = {
        host: '127.0.0.1',
        port: new URL(place.url).port,
        path,
        headers,
        localAddress,
        ca: readFileSync(authority.caFile),
        agent: false,
      }
      return new Promise((resolve, reject) => {
        const asked = request({ ...options, checkServerIdentity: () => undefined }, (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
          })
          response.on('end', () => resolve([response.statusCode, text]))
        })
        asked.on('error', reject)
        asked.end()
      })
    }
    const statusFor = async (path: string, forwarded: string) => (await ask(path, { 'x-forwarded-for': forwarded }))[0]

    test('"allow": what KristaBackup had open is read without a token from these networks, and nothing else is', async () => {
      for (const path of ['/api/si', '/api/cf', '/metrics'])
        for (const address of ['192.0.2.7', '2001:db8::7', '[2001:db8::7]:4711'])
          assert.equal(await statusFor(path, address), 200, `${path} ${address}`)
      for (const path of ['/api/si', '/api/cf', '/api/rl/2026/x', '/metrics'])
        for (const address of ['192.0.3.7', '2001:db9::7', '10.0.0.5', '127.0.0.1', 'unknown'])
          assert.equal(await statusFor(path, address), 401, `${path} ${address}`)
      for (const path of ['/api/v1/hosts', '/api/v1/config', '/api/v1/users']) assert.equal(await statusFor(path, '192.0.2.7'), 401, path)
    })

    test('"trusted proxies": of several, the client is the last address that is none', async () => {
      assert.equal(await statusFor('/metrics', '192.0.2.7, 10.0.0.5'), 200)
      assert.equal(await statusFor('/metrics', '192.0.2.7, 10.0.0.5, 10.1.1.1'), 200)
      assert.equal(await statusFor('/metrics', '192.0.2.7, 198.51.100.1'), 401)
      assert.equal(await statusFor('/metrics', '192.0.2.7, 198.51.100.1, 10.0.0.5'), 401)
    })

    test('"names", base path and certificate', async () => {
      assert.match((await ask('/copies/api/v1/'))[1], /GET \/copies\/api\/v1\/hosts</u)
      const [direct, foreign] = [{ host: 'backup.example.org' }, { host: 'evil.example' }]
      assert.deepEqual(await ask('/copies/healthz', direct, CLIENT), [200, 'ok\n'])
      assert.equal((await ask('/copies/healthz', foreign, CLIENT))[0], 421)
      await assert.rejects(fetch(`${place.url}/healthz`), 'without TLS')
    })
  })
