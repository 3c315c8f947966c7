import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSetup } from './faults/setup.ts'

/** Objects of these shell commands, without a recorded kind. */
function open(t: Parameters<typeof openSetup>[0], scripts: Readonly<Record<string, string>>) {
  const setup = openSetup(t, undefined, 'plan.yaml')
  const objects = Object.fromEntries(Object.entries(scripts).map(([path, shell]) => [path, { exec: { shell }, compress: 'none' }]))
  setup.configure({
    version: 1,
    storages: { disk: { type: 'localfs', root: setup.root } },
    tasks: { t: { steps: [{ backup: { to: ['disk'], objects } }] } },
  })
  return setup
}

describe('the contents of objects without a recorded kind', () => {
  it('are noted when they are empty, and named when they cannot be checked', async (t) => {
    const setup = open(t, { nothing: ':', text: 'echo hello', other: 'echo world' })
    const made = await setup.run(['run', 't', '--strict'])
    assert.equal(made.code, 3)
    assert.match(made.stderr, /note: object "nothing": it is empty\n/u)
    const plain = await setup.run(['verify', 't'])
    assert.match(plain.stdout, /: good \(3 objects, \d+ B\)\n$/u)
    const deep = await setup.run(['verify', 't', '--deep'])
    assert.equal(deep.code, 0)
    assert.match(deep.stderr, /^note: \S+: \S+: "nothing" is empty\n$/u)
    assert.match(deep.stdout, /: good \(3 objects, \d+ B; contents of 2 not checked: "text", "other"\)\n$/u)
    const { unchecked } = JSON.parse((await setup.run(['verify', 't', '--deep', '--json'])).stdout) as { unchecked: unknown }
    assert.deepEqual(unchecked, ['text', 'other'])
  })

  it('are a problem when they begin like a dump and do not end like one', async (t) => {
    const setup = open(t, { db: 'printf -- "--\\n-- PostgreSQL database dump\\n--\\nSELECT 1;\\n"' })
    assert.equal((await setup.run(['-q', 'run', 't'])).code, 0)
    const { code, stderr } = await setup.run(['verify', 't', '--deep'])
    assert.equal(code, 1)
    assert.match(stderr, /"db" is truncated: it does not end like a PostgreSQL dump\n/u)
  })
})
