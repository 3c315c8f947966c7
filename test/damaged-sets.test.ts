import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openSetup, type Setup } from './faults/setup.ts'
import { noRclone } from './support/rclone.ts'
import { startS3Server } from './support/s3-server/s3-server.ts'

/** A storage, and how somebody removes one of its objects, or replaces it. */
interface Kind {
  readonly name: string
  readonly skip?: string | false
  readonly open: (t: TestContext, setup: Setup) => Promise<{ readonly spec: object; readonly change: (key: string, text?: string) => void }>
}

const inFolder = (root: string) => (key: string, text?: string) =>
  text === undefined ? rmSync(join(root, 't', key)) : writeFileSync(join(root, 't', key), text)

const KINDS: readonly Kind[] = [
  {
    name: 'a folder',
    open: async (_t, { top }) => ({ spec: { type: 'localfs', root: join(top, 'disk') }, change: inFolder(join(top, 'disk')) }),
  },
  {
    name: 'an rclone remote',
    skip: noRclone,
    open: async (_t, { top }) => ({ spec: { type: 'rclone', remote: join(top, 'remote') }, change: inFolder(join(top, 'remote')) }),
  },
  {
    name: 'S3',
    async open(t) {
      const store = await startS3Server()
      t.after(() => store.close())
      const { accessKey, secretKey } = store.account
      const spec = { type: 's3', bucket: 'acme', root: 'web', endpoint: store.url, 'access-key': accessKey, 'secret-key': secretKey }
      const change = (key: string, text?: string) => {
        const { objects } = store.bucket('acme')
        const object = objects.get(`web/t/${key}`)
        assert.ok(object, `${key} is among ${[...objects.keys()].join(', ')}`)
        if (text === undefined) objects.delete(`web/t/${key}`)
        else objects.set(`web/t/${key}`, { ...object, bytes: Buffer.from(text) })
      }
      return { spec, change }
    },
  },
]

interface Scene {
  readonly setup: Setup
  readonly change: (key: string, text?: string) => void
  /** Runs the program, and returns its exit code and output. */
  readonly run: (...args: readonly string[]) => Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  /** The names and states of the sets on the first storage. */
  readonly states: (storage?: string) => Promise<readonly (readonly [name: string, state: string])[]>
}

/** The task `t` makes sets of two objects on one storage; the task `offsite` brings them to another of the same kind. */
async function open(t: TestContext, kind: Kind, [from, to]: readonly [string, string] = ['one', 'two']): Promise<Scene> {
  const setup = openSetup(t, undefined, 'plan.yaml')
  const { spec, change } = await kind.open(t, setup)
  const other = { type: 'localfs', root: join(setup.top, 'other') }
  const echo = (text: string) => ({ exec: ['/bin/echo', text], compress: 'none' })
  setup.configure({
    version: 1,
    storages: { one: spec, two: other },
    tasks: {
      t: { steps: [{ backup: { to: [from], keep: { last: 2 }, objects: { a: echo('first'), b: echo('second') } } }] },
      offsite: { steps: [{ copy: { name: 't', from, to } }] },
    },
  })
  const run = (...args: readonly string[]) => setup.run(args)
  const states = async (storage = 'one') => {
    const { stdout } = await run('sets', 't', '--json', '--storage', storage)
    return (JSON.parse(stdout) as { sets: { name: string; state: string }[] }).sets.map(({ name, state }) => [name, state] as const)
  }
  return { setup, change, run, states }
}

describe('a damaged set', () => {
  for (const kind of KINDS) {
    describe(`on ${kind.name}`, { skip: kind.skip }, () => {
      it('is reported by every command, never chosen silently, and never counted or removed', async (t) => {
        const { setup, change, run, states } = await open(t, kind)
        for (let count = 0; count < 2; count += 1) assert.equal((await run('-q', 'run', 't')).code, 0)
        const [[older = ''] = [], [newer = ''] = []] = await states()
        change(`${newer}/b`)
        assert.deepEqual(await states(), [
          [older, 'complete'],
          [newer, 'damaged'],
        ])
        for (const wanted of ['latest', 'all']) {
          const { code, stderr } = await run('verify', 't', wanted)
          assert.deepEqual([code, stderr.includes(`${newer}: 1 problem\n    "b" is missing\n`)], [1, true], stderr)
        }
        const checked = await run('check', 't', '--timeout', '10m')
        assert.equal(checked.code, 2, checked.stdout)
        assert.ok(checked.stdout.includes(`the set ${newer} is damaged: "b" is missing`), checked.stdout)

        const to = join(setup.top, 'to')
        const latest = await run('restore', 't', '--to', to)
        assert.deepEqual([latest.code, existsSync(to)], [1, false])
        assert.match(latest.stderr, /error: the newest set, ".*", is damaged: objects are missing or have another size\n/u)
        assert.ok(latest.stderr.includes(`write "${older}"`), latest.stderr)
        assert.equal((await run('restore', 't', newer, '--to', to)).code, 1)
        assert.equal((await run('restore', 't', newer, 'a', '--to', to)).code, 0)
        assert.deepEqual(readdirSync(to), ['a'])

        const objects = await run('ls', 't')
        assert.ok(objects.stdout.startsWith(`${newer} (damaged) of task "t": 2 objects\n`), objects.stdout)
        assert.equal(JSON.parse((await run('ls', 't', '--json')).stdout).state, 'damaged')
        assert.ok((await run('ls', 't', 'latest', 'a')).stderr.includes(`warning: the set "${newer}" is damaged\n`))
        const indexed = await run('index', 't')
        assert.deepEqual([indexed.code, indexed.stdout.includes(`t ${newer} (damaged) a: `)], [1, true], indexed.stdout)

        const copied = await run('-q', 'run', 'offsite')
        assert.deepEqual([copied.code, copied.stderr.includes(`the set "${newer}" in`), copied.stderr.includes('"b" is missing')], [1, true, true])
        assert.deepEqual(readdirSync(join(setup.top, 'other', 't')), ['.holdfast-records', older])

        assert.match((await run('rotate', 't', '--dry-run')).stdout, /^t: damaged .*: not counted, and never removed automatically$/mu)
        for (let count = 0; count < 2; count += 1) {
          const { code, stderr } = await run('run', 't', '--strict')
          assert.deepEqual([code, stderr.includes(`the set "${newer}" in`)], [3, true], stderr)
        }
        const after = await states()
        assert.deepEqual([after.length, after[0]], [3, [newer, 'damaged']])
      })

      it('on the target of a copy is replaced, with a note', async (t) => {
        const { change, run, states } = await open(t, kind, ['two', 'one'])
        assert.equal((await run('-q', 'run', 't')).code, 0)
        assert.equal((await run('-q', 'run', 'offsite')).code, 0)
        const [[name = ''] = []] = await states()
        change(`${name}/b`, 'longer than before')
        assert.deepEqual(await states(), [[name, 'damaged']])
        assert.match((await run('run', 'offsite', '--dry-run')).stdout, /copy \S+ again: damaged on the target/u)
        const { code, stderr } = await run('run', 'offsite', '--strict')
        assert.equal(code, 3)
        assert.match(stderr, /the damaged set ".*" in ".*" was replaced by a new copy/u)
        assert.deepEqual(await states(), [[name, 'complete']])
        assert.equal((await run('-q', 'verify', 'offsite', 'all', '--storage', 'one')).code, 0)
      })
    })
  }

  it('is restored from another storage that has all of it', async (t) => {
    const [folder] = KINDS
    assert.ok(folder)
    const { setup, change, run } = await open(t, folder)
    assert.equal((await run('-q', 'run', 't')).code, 0)
    assert.equal((await run('-q', 'run', 'offsite')).code, 0)
    const name = readdirSync(join(setup.top, 'disk/t')).at(-1) ?? ''
    change(`${name}/b`)
    const to = join(setup.top, 'to')
    const { code, stderr } = await run('restore', 't', '--to', to)
    assert.deepEqual([code, readFileSync(join(to, 'b'), 'utf8')], [0, 'second\n'])
    assert.match(stderr, /"b" is missing.*trying ".*other\/t" instead/su)
  })
})

describe('a copy whose source has vanished', () => {
  it('fails', async (t) => {
    const [folder] = KINDS
    assert.ok(folder)
    const { setup, run } = await open(t, folder)
    const empty = await run('-q', 'run', 'offsite')
    assert.deepEqual([empty.code, /no sets to copy in ".*disk\/t"/u.test(empty.stderr)], [1, true], empty.stderr)
    assert.equal((await run('-q', 'run', 't')).code, 0)
    renameSync(join(setup.top, 'disk'), join(setup.top, 'away'))
    const { code, stderr } = await run('-q', 'run', 'offsite')
    assert.deepEqual([code, /no sets to copy in ".*disk\/t"/u.test(stderr)], [1, true], stderr)
  })
})
