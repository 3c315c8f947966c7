import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { freePort } from '../../../test/support/free-port.ts'
import { requires } from '../../../test/support/requires.ts'
import { openS3, QUICK_RETRIES, S3_DEPS, s3Spec } from '../../../test/support/s3.ts'
import { S3Refusal } from '../../../test/support/s3-server/refusal.ts'
import { startS3Server } from '../../../test/support/s3-server/s3-server.ts'
import type { S3StorageSpec } from '../../plan/storages/s3-storage.ts'
import { bodyOf, call } from '../storage.suite.ts'
import { StorageError, type StorageErrorKind } from '../storage.ts'
import { s3Storage } from './s3-storage.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-s3-'))
after(() => rmSync(folder, { recursive: true }))
const once = { ...QUICK_RETRIES, attempts: 1 }

/** What storing one byte fails with. */
async function failureOf(spec: S3StorageSpec, deps: Partial<typeof S3_DEPS> = {}): Promise<StorageError> {
  const storage = s3Storage(spec, { ...S3_DEPS, retries: once, ...deps })
  try {
    await storage.put('a', bodyOf('x'), call)
  } catch (error) {
    assert.ok(error instanceof StorageError, String(error))
    assert.doesNotMatch(`${error.message}${error.hint}${error.cause}${JSON.stringify(error)}`, /testsecret|hidden-key/u)
    return error
  } finally {
    await storage.close()
  }
  return assert.fail('it was stored')
}

describe('errors of s3', () => {
  const refusals: readonly (readonly [number, string, StorageErrorKind, RegExp, RegExp?])[] = [
    [404, 'NoSuchBucket', 'unreachable', /bucket not found: "acme"/u, /create the bucket/u],
    [403, 'AccessDenied', 'denied', /access denied: You shall not/u, /permissions to get, put, delete and list/u],
    [403, 'InvalidAccessKeyId', 'denied', /unknown access key/u],
    [403, 'ExpiredToken', 'denied', /credentials have expired/u, /Renew/u],
    [403, 'RequestTimeTooSkewed', 'denied', /clocks of this host/u, /Correct the clock/u],
    [403, 'QuotaExceeded', 'full', /quota/u],
    [507, 'InsufficientStorage', 'full', /store is full/u],
    [400, 'AuthorizationHeaderMalformed', 'unreachable', /wrong region/u, /region/u],
    [400, 'InvalidStorageClass', 'broken', /storage class/u],
    [503, 'SlowDown', 'unreachable', /rate of requests/u],
    [500, 'InternalError', 'unreachable', /the store failed \(InternalError/u],
    [418, 'Teapot', 'broken', /rejected by the store \(Teapot, You shall not/u],
  ]
  for (const [status, code, kind, message, hint] of refusals) {
    it(`${code} is described, as storage/${kind}`, async () => {
      const server = await startS3Server({ refuse: () => new S3Refusal(status, code, 'You shall not.') })
      const error = await failureOf(s3Spec(server))
      assert.equal(error.code, `storage/${kind}`)
      assert.match(`${error.message}: ${(error.cause as Error | undefined)?.message}`, message)
      assert.match(error.message, /^could not store "a": /u)
      if (hint) assert.match(error.hint ?? '', hint)
      await server.close()
    })
  }

  it('a wrong secret key is', async () => {
    const server = await startS3Server()
    const error = await failureOf(s3Spec(server, { credentials: { accessKey: ['test'], secretKey: ['hidden-key'] } }))
    assert.deepEqual([error.code, error.message], ['storage/denied', 'could not store "a": invalid secret key'])
    await server.close()
  })

  it('reports a refused connection, and an unknown host name', async () => {
    const refused = await failureOf(s3Spec({ url: `http://127.0.0.1:${await freePort()}`, account: { accessKey: 'a', secretKey: 'b' } }))
    assert.equal(refused.code, 'storage/unreachable')
    assert.match(refused.message, /connection refused at "http:/u)
    const unknown = await failureOf(s3Spec({ url: 'http://store.invalid', account: { accessKey: 'a', secretKey: 'b' } }))
    assert.match(unknown.message, /host name not found|no answer from DNS/u)
  })

  it('credentials that are nowhere are, and a profile that is not there', async () => {
    const { credentials: _, ...spec } = s3Spec(await startedAndClosed())
    const env = { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' }
    const profile = await failureOf({ ...spec, profile: 'nope' }, { env })
    assert.equal(profile.code, 'storage/denied')
    assert.match(profile.message, /profile "nope" not found/u)
  })

  it('a secret that cannot be read keeps its own words', async () => {
    const server = await startS3Server()
    const missing = new StorageError('denied', 'the variable "KEY", which holds a secret, is not set', { hint: 'Set it for this program.' })
    const spec = s3Spec(server, { credentials: { accessKey: ['test'], secretKey: [{ kind: 'env', name: 'KEY' }] } })
    const error = await failureOf(spec, { resolveSecret: () => Promise.reject(missing) })
    assert.equal(error, missing)
    assert.equal(server.requests.length, 0)
    await server.close()
  })
})

describe('s3 over TLS', () => {
  it('trusts the authority that is named, and only then; sums go beside the body', { skip: requires('openssl') }, async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...name, '-keyout', key, '-out', cert])
    assert.equal(made.status, 0, String(made.stderr))
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    for (const checksums of ['crc32', 'ignored'] as const) {
      const server = await startS3Server({ tls, checksums })
      const untrusted = await failureOf(s3Spec(server))
      assert.equal(untrusted.code, 'storage/unreachable')
      assert.match(untrusted.message, /certificate not trusted/u)
      assert.match(untrusted.hint ?? '', /"ca-file"/u)
      const storage = openS3(server, { caFile: cert })
      for (const object of ['one', 'two']) await storage.put(object, bodyOf('x'), call)
      const [, second] = server.requests.filter(({ what }) => what.startsWith('PUT')).map(({ headers }) => headers)
      assert.equal(second?.['x-amz-content-sha256'], 'UNSIGNED-PAYLOAD')
      assert.ok(second?.[checksums === 'crc32' ? 'x-amz-checksum-crc32' : 'content-md5'])
      const byEnvironment = openS3(server, {}, { env: { AWS_CA_BUNDLE: cert } })
      await byEnvironment.put('three', bodyOf('x'), call)
      for (const it of [storage, byEnvironment]) await it.close()
      await server.close()
    }
    const plain = await startS3Server()
    const confused = await failureOf(s3Spec({ url: plain.url.replace('http:', 'https:'), account: plain.account }))
    assert.match(confused.message, /TLS|certificate/u)
    const noFile = await failureOf(s3Spec(plain, { caFile: '/nowhere.pem' }))
    assert.match(noFile.message, /could not read the certificates in "\/nowhere.pem"/u)
    await plain.close()
  })
})

describe('the profiles of s3', () => {
  it('are found in the shared files; the one called "default" need not be', async () => {
    const { decideProfile } = await import('./sdk/sdk-client.ts')
    const [config, credentials] = [join(folder, 'config'), join(folder, 'credentials')]
    writeFileSync(config, '[default]\nregion = eu-west-1\n[profile site]\nrole_arn=x\n[ profile "two words" ]\n')
    writeFileSync(credentials, '[keys]\naws_access_key_id = x\n')
    const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials }
    assert.equal(await decideProfile(undefined, env), undefined)
    for (const name of ['site', 'keys', 'two words']) assert.equal(await decideProfile(name, env), name)
    assert.equal(await decideProfile('default', env), undefined, 'no credentials there')
    writeFileSync(credentials, '[default]\naws_access_key_id = x\n')
    assert.equal(await decideProfile('default', env), 'default')
    await assert.rejects(decideProfile('keys', env), { code: 'storage/denied' })
  })
})

async function startedAndClosed(): Promise<Parameters<typeof s3Spec>[0]> {
  const server = await startS3Server()
  await server.close()
  return server
}
