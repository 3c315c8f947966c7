import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { unlessCi } from '../support/lacks.ts'
import { requires } from '../support/requires.ts'
import { firstAdmin, openWebPlace } from '../support/web-place.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))
const noNamespaces = unlessCi(spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status !== 0 && 'needs namespaces')

function render(folder: string, port: number): string {
  return `version: 1
storages: { local: { type: localfs, root: ${folder}/root } }
web: { port: ${port} }
tasks:
  nightly: { steps: [ { backup: { to: local, keep: { last: 3 }, objects: { tree: { files: { paths: [${folder}/data] } } } } } ] }
  prove: { steps: [ { drill: { from: local, name: nightly } } ] }
`
}

test('a drill that is a step of a task counts for the set, for the task that makes it, and for the host', {
  skip: requires('root') || noNamespaces,
}, async (t) => {
  const place = await openWebPlace({ render })
  t.after(() => place.close())
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(HOLDFAST, ['-f', place.config, '-q', 'run', ...args], { env: place.env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout
  }
  run('nightly')
  const lines = run('prove', '--json').trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const admin = await firstAdmin(place.url, await place.start())
  const read = async (path: string) => (await admin.request('GET', `/api/v1/${path}`)).json
  const [{ name }] = (await read('sets')).rows
  const set = await read(`set?task=nightly&set=${name}`)
  assert.equal(set.claims.restored?.set, name)
  assert.deepEqual(
    set.verifications.map(({ kind, task, outcome }: Record<string, string>) => [kind, task, outcome]),
    [['drill', 'nightly', 'proven']],
  )
  const [nightly, prove] = (await read('tasks')).rows
  assert.equal(nightly.claims.restored?.set, name)
  assert.equal(prove.claims.restored, null)
  assert.equal((await read('hosts/local')).claims.restored?.set, name)
  // As objects that are being made: the step shows how far it is.
  const shown = events.filter(({ kind }) => kind !== 'object-progress' && /^(?:set|object)-/u.test(String(kind)))
  assert.deepEqual(
    shown.map(({ kind, path, objects, drilled, isDrill }) => [kind, path ?? objects, drilled ?? isDrill]),
    [
      ['set-began', 1, name],
      ['object-began', 'tree.tar.zst', true],
      ['object-ended', 'tree.tar.zst', true],
    ],
  )
  const [{ id }] = (await read('runs?task=prove')).rows
  const [step] = (await read(`runs/${id}`)).steps
  assert.deepEqual(
    step.objects.map(({ path, status, bytes }: Record<string, unknown>) => [path, status, bytes]),
    [['tree.tar.zst', 'ok', shown[1]?.['expectedBytes']]],
  )
})
