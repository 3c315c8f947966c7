import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { S3Refusal } from '../support/s3-server/refusal.ts'
import { type S3Server, type S3ServerOptions, startS3Server } from '../support/s3-server/s3-server.ts'
import type { Case, CaseRun } from './cases.ts'
import { checkout, type Place, type Start } from './place.ts'
import { maskSets } from './tree.ts'

const BUCKET = 'palhm.test'
const OURS = /\/(?:manifest\.json|SHA256SUMS|RESTORE\.md|restore\.sh)$/u
const servers = new WeakMap<Place, S3Server>()

/** A server with the bucket of the recordings, an account in the shared files, and whatever else there is to be before. */
function onBucket(
  prepare: (server: S3Server, place: Place) => void = () => undefined,
  options: S3ServerOptions = {},
): Pick<Case & { kind: 'match' }, 'scenery' | 'start'> {
  return {
    scenery: async (place) => {
      const server = await startS3Server({ buckets: [BUCKET], ...options })
      servers.set(place, server)
      place.atEnd(() => void server.close())
      profile(place, 'home', 'default')
      prepare(server, place)
      return true
    },
    start: (place) => startIn(place, 'home'),
  }
}

function startIn(place: Place, home: string, env: Readonly<Record<string, string>> = {}): Start {
  return { env: { HOME: join(place.run, home), AWS_ENDPOINT_URL_S3: serverOf(place).url, AWS_EC2_METADATA_DISABLED: 'true', ...env } }
}

function profile(place: Place, home: string, name: string): void {
  const { accessKey, secretKey } = serverOf(place).account
  mkdirSync(join(place.run, home, '.aws'), { recursive: true })
  writeFileSync(join(place.run, home, '.aws/credentials'), `[${name}]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`)
}

function serverOf(place: Place): S3Server {
  const server = servers.get(place)
  assert.ok(server)
  return server
}

/** The keys there are, names of new sets masked, our own files left out. */
function keysIn({ place }: CaseRun): readonly string[] {
  return [...serverOf(place).bucket(BUCKET).objects.keys()]
    .filter((key) => !OURS.test(key))
    .map(maskSets)
    .toSorted()
}

function recordedKeys(name: string): readonly string[] {
  const text = readFileSync(join(checkout, 'test/golden/palhm/recorded', name, 'bucket-after-exit'), 'utf8')
  const keys = text.split('\n').map((line) => line.replace(/^\.\//u, '').replace(/\._S3rver_metadata\.json$/u, ''))
  return keys
    .filter((key) => key !== '')
    .map(maskSets)
    .toSorted()
}

/** Nothing is left: neither keys nor uploads. */
function assertNothing(run: CaseRun): void {
  assert.deepEqual(keysIn(run), [])
  assert.equal(serverOf(run.place).bucket(BUCKET).uploads.size, 0)
  assert.deepEqual(run.place.leftOver(), [])
}

function classesIn({ place }: CaseRun): readonly string[] {
  return [...serverOf(place).bucket(BUCKET).objects].map(([key, { properties }]) => `${key.split('/').at(-1)} ${properties.storageClass}`).toSorted()
}

function matches(name: string, why: string, also: (run: CaseRun) => void = () => undefined): Case {
  return {
    kind: 'match',
    why,
    ...onBucket(),
    also: (run) => {
      assert.deepEqual(keysIn(run), recordedKeys(name))
      assert.equal(serverOf(run.place).bucket(BUCKET).uploads.size, 0)
      also(run)
    },
  }
}

function copiesIn({ place }: CaseRun): number {
  return serverOf(place).requests.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined).length
}

const OLD = ['palhm/backup/2022-01-01T00:00:00+00:00/x', 'palhm/backup/2022-01-02T00:00:00+00:00/x', 'palhm/backup/2022-01-03T00:00:00+00:00/x']
const FOREIGN = ['palhm/backup/2022-01-01T00:00:00+00:00-note/x', 'palhm/backup/direct-file', 'palhm/backup2/keep']

/** Cases with an object store. */
export const s3Cases: Readonly<Record<string, Case>> = {
  '30-s3-success': matches('30-s3-success', 'keys lie where they always lay'),
  '31-s3-storage-classes': matches('31-s3-storage-classes', 'objects of a complete set get the other class', (run) =>
    assert.deepEqual(classesIn(run), [
      'RESTORE.md STANDARD',
      'SHA256SUMS STANDARD',
      'hello.txt GLACIER',
      'manifest.json STANDARD',
      'n.txt GLACIER',
      'restore.sh STANDARD',
    ]),
  ),
  '31b-s3-rot-class-same': matches('31b-s3-rot-class-same', 'the same class twice: nothing is copied', (run) => {
    assert.equal(copiesIn(run), 0)
    assert.ok(classesIn(run).includes('hello.txt STANDARD_IA'))
  }),
  '31c-s3-chsc-fails-rollback': {
    kind: 'differs',
    why: 'a class that cannot be changed fails the run, and the complete set stays',
    ...onBucket(undefined, { refuse: (_, headers) => (headers['x-amz-copy-source'] ? new S3Refusal(403, 'AccessDenied', 'No copies.') : undefined) }),
    wanted: (run) => {
      assert.equal(run.ended.code, 1)
      assert.match(run.ended.stderr, /is complete, but could not be moved.*GLACIER.*access denied/u)
      assert.deepEqual(keysIn(run), ['palhm/backup/SET/hello.txt', 'palhm/backup/SET/sub/dir/n.txt'])
      assert.ok([...serverOf(run.place).bucket(BUCKET).objects.keys()].some((key) => key.endsWith('/manifest.json')))
    },
  },
  '32-s3-rotate-count': {
    kind: 'differs',
    why: 'only names of the exact form count and go',
    ...onBucket((server) => {
      const object = { bytes: Buffer.alloc(1000), etag: 'e', properties: { storageClass: 'STANDARD' }, modified: new Date() }
      for (const key of [...OLD, ...FOREIGN]) server.bucket(BUCKET).objects.set(key, object)
    }),
    wanted: (run) => {
      assert.equal(run.ended.code, 0)
      assert.deepEqual(keysIn(run), [...FOREIGN, OLD[2], 'palhm/backup/SET/hello.txt'].toSorted())
    },
  },
  '34-s3-multipart': matches('34-s3-multipart', 'a large object goes in parts', ({ place }) => {
    const parts = serverOf(place).requests.filter(({ what }) => what.includes('partNumber='))
    assert.equal(parts.length, 3)
  }),
  '35-s3-root-slash': {
    kind: 'differs',
    why: 'the bucket itself may be the root',
    ...onBucket(),
    wanted: (run) => {
      assert.equal(run.ended.code, 0)
      assert.deepEqual(keysIn(run), ['SET/hello.txt'])
    },
  },
  '37-s3-profile-missing': {
    kind: 'match',
    why: 'a profile that is not there is never replaced by another identity',
    ...onBucket(),
    stderr: /profile "nope" not found/u,
    also: (run) => {
      assertNothing(run)
      assert.equal(serverOf(run.place).requests.length, 0)
    },
  },
  '37b-s3-default-profile-without-config': {
    kind: 'differs',
    why: 'the profile "default" need not be in any file',
    ...onBucket(),
    start: (place) => startIn(place, 'emptyhome', { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret' }),
    wanted: (run) => {
      assert.equal(run.ended.code, 0)
      assert.deepEqual(keysIn(run), ['palhm/backup/SET/hello.txt', 'palhm/backup/SET/sub/dir/n.txt'])
    },
  },
  '38-s3-bucket-missing': {
    kind: 'match',
    why: 'a bucket that is not there',
    ...onBucket(),
    stderr: /bucket not found.*"no-such-bucket"/u,
    also: assertNothing,
  },
  '39-s3-fail-while-uploading': {
    kind: 'match',
    why: 'an upload whose pipeline fails is aborted, never completed',
    ...onBucket(),
    stderr: /exit.* 3/u,
    also: (run) => {
      assertNothing(run)
      const completed = serverOf(run.place).requests.filter(({ what }) => /^POST .*uploadId=/u.test(what))
      assert.deepEqual(completed, [])
    },
  },
  '40-s3-missing-bucket-big': {
    kind: 'match',
    why: 'found out before anything is dumped',
    ...onBucket(),
    stderr: /bucket not found.*"no-such-bucket"/u,
    also: assertNothing,
  },
  '41-s3-root-nested': {
    kind: 'differs',
    why: 'slashes too many are taken out of root and path',
    ...onBucket(),
    wanted: (run) => {
      assert.equal(run.ended.code, 0)
      assert.deepEqual(keysIn(run), ['a/b/SET/lead.txt'])
    },
  },
  '42-s3-profile-only-in-HOME-HANG': {
    kind: 'differs',
    why: 'one lookup of the profile for everything',
    ...onBucket((_, place) => profile(place, 'otherhome', 'site')),
    start: (place) => startIn(place, 'otherhome'),
    wanted: (run) => {
      assert.equal(run.ended.code, 0)
      assert.deepEqual(keysIn(run), ['r/SET/big'])
    },
  },
}
