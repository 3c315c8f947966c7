import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openJobFiles } from '../../src/app/web/jobs/job-files.ts'
import { identityOf } from '../../src/process/identity/process-identity.ts'
import { nestFolders } from '../support/nested-folders.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebPlace, userOf, type WebClient, type WebPlace } from '../support/web-place.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))
const HOSTILE = ['=cmd()|x', '<img src=x onerror=alert(1)>', `it's $(touch x)`, 'a\u202eb', 'line\nbreak']
const MANY = 5500

function render(folder: string, port: number): string {
  return `version: 1
storages: { local: { type: localfs, root: ${folder}/root } }
web: { port: ${port} }
tasks:
  nightly:
    steps:
      - backup: { to: local, keep: { last: 3 }, objects: { tree: { files: { paths: [${folder}/data] } }, note: { exec: [echo, x] } } }
`
}

describe('the contents of sets, over the API', () => {
  let place: WebPlace
  let admin: WebClient
  let viewer: WebClient
  let set: string
  let top: string
  before(async () => {
    place = await openWebPlace({ render })
    top = join(place.folder, 'data').slice(1)
    mkdirSync(join(place.folder, 'data/many'))
    for (let index = 0; index < MANY; index += 1) writeFileSync(join(place.folder, 'data/many', `f${String(index).padStart(5, '0')}`), '')
    mkdirSync(join(place.folder, 'data/odd'))
    for (const name of HOSTILE) writeFileSync(join(place.folder, 'data/odd', name), 'x')
    const made = spawnSync(HOLDFAST, ['-f', place.config, '-q', 'run', 'nightly'], { env: place.env, encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
    admin = await firstAdmin(place.url, await place.start())
    viewer = await userOf(admin, place.url, 'viewer')
    set = (await viewer.request('GET', '/api/v1/sets')).json.rows[0].name
  })
  after(() => place.close())

  const list = async (more: Record<string, string>) =>
    (await viewer.request('GET', `/api/v1/set/contents?${new URLSearchParams({ task: 'nightly', set, ...more })}`)).json
  const search = async (q: string) => (await viewer.request('GET', `/api/v1/sets/search?${new URLSearchParams({ q })}`)).json

  it('are unknown before they are indexed, and not shown as empty', async () => {
    assert.deepEqual(
      (await list({})).rows.map((row: { readonly object: string }) => row.object),
      ['tree.tar.zst', 'note.zst'],
    )
    const unknown = await list({ object: 'tree.tar.zst' })
    assert.deepEqual([unknown.total, unknown.index], [0, 'absent'])
    const found = await search('a.txt')
    assert.deepEqual([found.rows, found.unsearched, found.searched, found.next], [[], 2, 1, null])
    assert.match(found.reasons[0].message, /has no index/u)
    assert.equal((await viewer.request('GET', `/api/v1/set/contents?task=nightly&set=${encodeURIComponent(set)}&object=no-such`)).status, 404)
  })

  it('are being looked into while a job of just this set runs', async () => {
    const jobs = openJobFiles(join(place.folder, 'state'))
    const index = async (id: string, of: { readonly task: string; readonly set: string }) => {
      const command = `holdfast index -- ${of.task} ${of.set}`
      const running = { began: new Date().toISOString(), startedBy: 'ada', key: null, process: identityOf(process.pid) }
      jobs.write({ id, kind: 'index', ...of, command, ...running })
      return (await list({ object: 'tree.tar.zst' })).index
    }
    assert.equal(await index('of-another-task', { task: 'weekly', set }), 'absent')
    assert.equal(await index('of-another-set', { task: 'nightly', set: `${set}-2` }), 'absent')
    assert.equal(await index('of-this-set', { task: 'nightly', set }), 'building')
    for (const id of ['of-another-task', 'of-another-set', 'of-this-set']) rmSync(join(place.folder, 'state/web/jobs', `${id}.json`))
  })

  it('are looked into by an operator, then listed folder by folder and searched', async () => {
    assert.equal((await viewer.request('POST', '/api/v1/set/index', { task: 'nightly', set })).status, 403)
    assert.equal((await admin.request('POST', '/api/v1/set/index', { task: 'nightly', set: 'no-such' })).status, 404)
    const job = await admin.request('POST', '/api/v1/set/index', { task: 'nightly', set })
    assert.equal(job.status, 202, job.text)
    await until(async () => (await viewer.request('GET', `/api/v1/jobs/${job.json.id}`)).json.state !== 'running')
    assert.equal((await viewer.request('GET', `/api/v1/jobs/${job.json.id}`)).json.state, 'ok')

    const folders = await list({ object: 'tree.tar.zst', folder: top })
    assert.deepEqual(
      folders.rows.map(({ path, kind }: { readonly path: string; readonly kind: string }) => `${kind} ${path.slice(top.length + 1)}`),
      ['folder many', 'folder odd', 'file a.txt'],
    )
    assert.deepEqual([folders.index, folders.reason, folders.next], ['ready', null, null])
    const odd = await list({ object: 'tree.tar.zst', folder: `${top}/odd` })
    assert.deepEqual(odd.rows.map(({ path }: { readonly path: string }) => path.slice(`${top}/odd/`.length)).toSorted(), HOSTILE.toSorted())
    assert.deepEqual([(await list({ object: 'note.zst' })).index, (await list({ object: 'tree.tar.zst', folder: 'no/such' })).total], ['single', 0])

    const names = new Set<string>()
    let cursor: string | null = '0'
    for (let pages = 0; cursor !== null && pages <= MANY / 1000; pages += 1) {
      const page = await list({ object: 'tree.tar.zst', folder: `${top}/many`, cursor, limit: '1000' })
      assert.equal(page.total, MANY)
      for (const { path } of page.rows) names.add(path)
      cursor = page.next
    }
    assert.deepEqual([names.size, cursor], [MANY, null])

    const found = await search('A.TXT')
    assert.deepEqual([found.matches, found.unsearched, found.rows[0].path, found.rows[0].isMember], [1, 0, `${top}/a.txt`, true])
    const many = await search('f0')
    assert.deepEqual([many.matches, many.rows.length], [MANY, 20])
    assert.deepEqual((await search('no such thing')).unsearched, 0)
    const inSet = await list({ q: 'onerror' })
    assert.deepEqual([inSet.total, inSet.rows[0].object, inSet.index], [1, 'tree.tar.zst', 'ready'])
  })

  it('are found beside the set when this host has forgotten them', async () => {
    rmSync(join(place.folder, 'state/indexes'), { recursive: true })
    await until(async () => (await list({ object: 'tree.tar.zst', folder: top })).index === 'ready')
  })
  it('are restored partially, which is not a failure, if paths are too long for tar', { skip: requires('python3') }, async () => {
    nestFolders(join(place.folder, 'data/nested'), 25)
    const made = spawnSync(HOLDFAST, ['-f', place.config, '-q', 'run', 'nightly'], { env: place.env, encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
    const target = join(place.folder, 'restored')
    const { json } = await admin.request('POST', '/api/v1/restores', { task: 'nightly', set: 'latest', target, dryRun: false })
    await until(async () => (await viewer.request('GET', `/api/v1/jobs/${json.id}`)).json.state !== 'running')
    assert.equal((await viewer.request('GET', `/api/v1/jobs/${json.id}`)).json.state, 'partial')
    assert.ok(existsSync(join(target, 'tree.tar.zst.d', top, 'a.txt')))
  })
})
