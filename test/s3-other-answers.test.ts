import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { type Lie, openLyingStore } from './support/hostile-store.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'

const PAGE = '<!DOCTYPE html><html><head><title>Login</title></head><body><form><input name="user"></form></body></html>'

function sendPage(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): true {
  response.writeHead(200, { 'content-type': 'text/html', etag: '"page"', ...headers }).end(PAGE)
  return true
}

describe('an object store whose answers are not those of S3', () => {
  let server: S3Server
  before(async () => {
    server = await startS3Server()
  })
  after(() => server.close())
  beforeEach(() => server.bucket('acme').objects.clear())

  async function openProgram(t: TestContext) {
    const store = await openLyingStore(t, server)
    const place = openPlace(t)
    const config = place.write(
      'holdfast.yaml',
      `version: 1
storages:
  store: { type: s3, bucket: acme, root: r, endpoint: "${store.url}", region: us-east-1, access-key: test, secret-key: testsecret }
  disk: { type: localfs, root: ${place.run}/disk }
tasks:
  t: { steps: [ { backup: { to: store, keep: { last: 1 }, objects: { a: { exec: [echo, x] }, b: { exec: [echo, y] } } } } ] }
  c: { steps: [ { copy: { name: t, from: store, to: disk } } ] }
`,
    )
    const run = (...words: readonly string[]) => place.start(['-f', config, ...words], { as: 'holdfast', env: { HOME: place.run } })
    return { run, lie: (lie: Lie) => store.lie(lie) }
  }
  const setsIn = () => [...server.bucket('acme').objects.keys()].filter((key) => key.endsWith('/a') || key.endsWith('/a.zst')).length

  it('is no empty store if a login page answers', async (t) => {
    const { run, lie } = await openProgram(t)
    assert.equal((await run('-q', 'run', 't')).code, 0)
    lie((_, response) => sendPage(response))
    for (const words of [
      ['sets', 't'],
      ['rotate', 't', '--yes'],
      ['storage', 'check', 'store'],
      ['run', 't'],
      ['verify', 't'],
      ['run', 'c', '--strict'],
    ]) {
      const { code, stdout, stderr } = await run(...words)
      assert.notEqual(code, 0, `${words.join(' ')}: ${stdout}${stderr}`)
      assert.match(stdout + stderr, /not that of an S3 store/u, words.join(' '))
    }
  })

  for (const [what, answer] of [
    ['a page', (response: ServerResponse) => sendPage(response)],
    [
      'a confirmation',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/xml' }).end('<?xml version="1.0"?><DeleteResult/>')
        return true
      },
    ],
  ] as const) {
    it(`has not expired a set if it removes nothing and answers removals with ${what}`, async (t) => {
      const { run, lie } = await openProgram(t)
      assert.equal((await run('-q', 'run', 't')).code, 0)
      const isOfFirst = (key: string) => !key.includes('/.holdfast/')
      lie((asked, response) => {
        if (asked.startsWith('POST') && asked.includes('?delete')) return answer(response)
        if (!asked.startsWith('DELETE') || !(isOfFirst(asked) || asked.includes('manifest'))) return false
        response.writeHead(204).end()
        return true
      })
      const { code, stdout, stderr } = await run('run', 't', '--strict')
      assert.notEqual(code, 0, stdout + stderr)
      assert.doesNotMatch(stdout, /expired/u)
      assert.equal(setsIn(), 2)
      assert.ok(
        [...server.bucket('acme').objects.keys()].some((key) => key.endsWith('/expiring')),
        'the removal is continued later',
      )
      lie(() => false)
      assert.equal((await run('run', 't')).code, 0)
      assert.equal(setsIn(), 1)
    })
  }

  it('has not published a set if the marker is not removed', async (t) => {
    const { run, lie } = await openProgram(t)
    lie((asked, response) => {
      if (!asked.startsWith('DELETE')) return false
      response.writeHead(204).end()
      return true
    })
    const { code, stderr } = await run('run', 't')
    assert.equal(code, 1)
    assert.match(stderr, /still lists the marker/u)
  })

  it('ends a run at its limit if a listing does not end', async (t) => {
    const { run, lie } = await openProgram(t)
    lie((asked, response) => {
      if (!asked.includes('list-type')) return false
      response.writeHead(200, { 'content-type': 'application/xml' })
      const drip = setInterval(() => response.write(' '), 100)
      response.on('close', () => clearInterval(drip))
      return true
    })
    const { code, stderr } = await run('run', 't', '--run-limit', '2s')
    assert.equal(code, 1)
    assert.match(stderr, /could not list .*no answer from the store/u)
  })
})
