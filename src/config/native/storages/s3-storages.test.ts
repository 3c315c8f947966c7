import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadText, planOf } from '../../../../test/support/native.ts'

const plan = (storage: string) => planOf(`version: 1\nstorages:\n  s: { type: s3, bucket: b${storage} }\n`)
const storageOf = async (storage: string) => (await plan(storage)).storages?.get('s')

describe('a storage of the type s3', () => {
  it('needs a bucket and nothing else', async () => {
    assert.deepEqual(await storageOf(''), { kind: 's3', bucket: 'b', root: '', completeWhen: 'manifest' })
  })

  it('accepts all settings, with references for secrets', async () => {
    const text = `, root: /a/b/, endpoint: "https://s3.example.net:9000", region: eu-north-1, path-style: false, ca-file: /ca.pem,
      access-key: "\${credential:id}", secret-key: "\${file:/run/key}", session-token: "\${env:TOKEN}", storage-class: STANDARD_IA, archive-class: GLACIER,
      encryption: { kms-key: k }, tags: { host: web }, bandwidth: 20MiB/s, part-size: 16MiB, parts-at-once: 2, complete-when: folder`
    assert.deepEqual(await storageOf(text), {
      kind: 's3',
      bucket: 'b',
      root: 'a/b',
      endpoint: 'https://s3.example.net:9000',
      region: 'eu-north-1',
      pathStyle: false,
      caFile: '/ca.pem',
      credentials: {
        accessKey: [{ kind: 'credential', name: 'id' }],
        secretKey: [{ kind: 'file', path: '/run/key' }],
        sessionToken: [{ kind: 'env', name: 'TOKEN' }],
      },
      storageClass: 'STANDARD_IA',
      archiveClass: 'GLACIER',
      encryption: { kind: 'aws:kms', keyId: 'k' },
      tags: { host: 'web' },
      bandwidthBytesPerSecond: 20 * 1024 ** 2,
      partBytes: 16 * 1024 ** 2,
      partsAtOnce: 2,
      completeWhen: 'folder',
    })
    assert.deepEqual((await plan(', lock: { mode: compliance, days: 7 }, encryption: AES256, profile: p')).storages?.get('s'), {
      kind: 's3',
      bucket: 'b',
      root: '',
      profile: 'p',
      lock: { mode: 'compliance', days: 7 },
      encryption: { kind: 'AES256' },
      completeWhen: 'manifest',
    })
  })

  it('moves nothing to the class that it has already', async () => {
    assert.equal('archiveClass' in ((await storageOf(', storage-class: GLACIER, archive-class: GLACIER')) ?? {}), false)
  })

  it('warns of a secret in plain text, and never quotes it', async () => {
    const { warnings, plan: loaded } = await loadText('version: 1\nstorages:\n  s: { type: s3, bucket: b, access-key: id, secret-key: CANARY }\n')
    assert.ok(loaded)
    assert.match(warnings, /storages\.s\.secret-key: secret in plain text/u)
    assert.doesNotMatch(warnings, /CANARY|access-key/u)
  })

  it('warns of an endpoint without encryption, but for one on this host', async () => {
    const warningsOf = async (endpoint: string) =>
      (await loadText(`version: 1\nstorages:\n  s: { type: s3, bucket: b, endpoint: "${endpoint}" }\n`)).warnings
    for (const endpoint of ['http://s3.example.net', 'http://10.0.0.1:9000', 'http://localhost.example.net', 'http://127.0.0.1.example.net'])
      assert.match(await warningsOf(endpoint), /storages\.s\.endpoint: unencrypted connection/u, endpoint)
    for (const endpoint of ['https://s3.example.net', 'http://localhost:9000', 'http://127.0.0.1:9000', 'http://[::1]:9000'])
      assert.equal(await warningsOf(endpoint), '', endpoint)
  })

  it('gives each step a folder of its own', async () => {
    const text =
      'version: 1\nstorages:\n  s: { type: s3, bucket: b }\ntasks:\n  t: { steps: [{ backup: { to: s, objects: { a: { exec: [echo] } } } }] }\n'
    const [step] = (await planOf(text)).tasks.get('t')?.steps ?? []
    assert.ok(step?.kind === 'backup')
    assert.deepEqual(step.targets[0]?.storage, { kind: 's3', bucket: 'b', root: 't', completeWhen: 'manifest' })
  })
})
