import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { openSetup, type Setup } from '../faults/setup.ts'
import { call, openLocalfs } from '../support/localfs.ts'
import { makeSet } from '../support/sets.ts'
import { attack } from './attack.ts'

const STORE = 'a user with write access to a storage'
const NEEDS = ['root', 'openssl']

interface Scene {
  readonly setup: Setup
  readonly to: string
  /** Writes the manifest of the set anew. */
  change(changes: (manifest: Changeable) => unknown): void
  holdfast(...args: readonly string[]): ReturnType<Setup['start']>
}

type Changeable = Record<string, unknown> & { objects: Record<string, unknown>[] }

/** A set of two objects, `a` and `b`, whose manifest the attacker changes. */
async function openScene(t: TestContext): Promise<Scene> {
  const setup = openSetup(t, undefined, 'holdfast.yaml')
  const storage = openLocalfs(join(setup.root, 'default'))
  const sets = filesystemSets(storage, { completeWhen: 'manifest' })
  const set = await makeSet(sets, call, { began: new Date('2026-01-02T03:04:05Z'), objects: { a: 'content of a', b: 'content of b' } })
  await storage.close()
  setup.configure({
    version: 1,
    storages: { local: { type: 'localfs', root: setup.root } },
    tasks: { default: { steps: [{ backup: { objects: { x: { exec: ['true'] } } } }] } },
  })
  const path = join(setup.root, 'default', set, 'manifest.json')
  const good = readFileSync(path, 'utf8')
  return {
    setup,
    to: join(setup.top, 'to'),
    change(changes) {
      const manifest = JSON.parse(good) as Changeable
      const text = changes(manifest)
      writeFileSync(path, typeof text === 'string' ? text : `${JSON.stringify(manifest, undefined, 2)}\n`)
    },
    holdfast: (...args) => setup.start(args),
  }
}

const FILTERS = (mark: string): readonly string[] => [
  `openssl enc -aes-256-cbc -out ${mark}`,
  `openssl enc -aes-256-cbc -pbkdf2 -iter 1 -writerand ${mark}`,
  `openssl enc -provider-path ${mark} -provider evil`,
  `openssl enc -engine ${mark}`,
  `openssl enc -aes-256-cbc -in /etc/shadow`,
  `openssl enc -aes-256-cbc -md sha256\t-out ${mark}`,
  `openssl enc -aes-256-cbc  -out ${mark}`,
  `openssl enc -aes-256-cbc -iter 1\n-out ${mark}`,
  `openssl enc -aes-256-cbc -md -out ${mark}`,
  `openssl enc -aes-256-cbc; touch ${mark}`,
  `openssl rand -out ${mark} 8`,
  `gpg --output ${mark}`,
  `zstd -o ${mark}`,
  `gzip >${mark}`,
  `age -o ${mark}`,
  `/bin/sh -c touch\${IFS}${mark}`,
  '$(touch pwned)',
]

attack(
  {
    name: 'a filter contains options of programs',
    attacker: STORE,
    how: 'changes the filters of an object to options of openssl that write or read a file or load a library, to options of other programs, and to commands; root restores and verifies the set with a passphrase',
    outcome: 'the filter counts as unknown: the stored bytes are restored unchanged, with a note; no file is written, and no program is started',
    needs: NEEDS,
  },
  async (t) => {
    const { setup, to, change, holdfast } = await openScene(t)
    const mark = join(setup.top, 'mark')
    const pass = join(setup.top, 'pass')
    writeFileSync(pass, 'x\n')
    const filters = FILTERS(mark)
    // All of them in one set: an object for each.
    change((manifest) => {
      const [object] = manifest.objects
      manifest.objects = [...filters.map((filter) => ({ ...object, filters: [filter] })), { ...manifest.objects[1] }]
      manifest.objects.forEach((it, index) => {
        it['path'] = index === filters.length ? 'b' : `a${index}`
      })
      for (const index of filters.keys()) writeFileSync(join(setup.root, 'default', String(manifest['set']), `a${index}`), 'content of a')
    })
    const restored = await holdfast('restore', 'default', 'latest', '--to', to, '--passphrase-file', pass)
    assert.equal(restored.code, 0, restored.stderr)
    assert.equal(restored.stderr.match(/^note: /gmu)?.length, filters.length)
    for (const index of filters.keys()) assert.equal(readFileSync(join(to, `a${index}`), 'utf8'), 'content of a')
    const verified = await holdfast('verify', 'default', '--deep', '--passphrase-file', pass)
    assert.doesNotMatch(verified.stdout + verified.stderr, /"a\d+" (?!has an unknown filter)/u)
    assert.ok(!existsSync(mark))
    for (const folder of [setup.top, join(setup.top, 'work')]) assert.ok(!readdirSync(folder).some((it) => /pwned|mark/u.test(it)))
  },
)

attack(
  {
    name: 'names in a manifest are those of built-in properties of JavaScript objects',
    attacker: STORE,
    how: 'uses `__proto__`, `constructor`, `toString` and similar names as filters, kinds, sources, facts and paths of objects; root lists, verifies and restores the set',
    outcome: 'such a filter or kind is unknown, such a path is an ordinary file; no internal error occurs',
  },
  async (t) => {
    const { setup, to, change, holdfast } = await openScene(t)
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
    change((manifest) => {
      const [object] = manifest.objects
      manifest.objects = names.map((name) => ({
        ...object,
        path: name,
        filters: [name],
        kind: name,
        facts: JSON.parse(`{"${name}":1,"entries":"${name}"}`),
      }))
      for (const name of names) writeFileSync(join(setup.root, 'default', String(manifest['set']), name), 'content of a')
    })
    for (const args of [['sets'], ['sets', '--json'], ['verify', 'default', '--deep'], ['restore', 'default', 'latest', '--to', to]]) {
      const { code, stdout, stderr } = await holdfast(...args)
      assert.doesNotMatch(stdout + stderr, /internal error|TypeError/u)
      if (args[0] !== 'verify') assert.equal(code, 0, stderr)
    }
    assert.deepEqual(readdirSync(to).toSorted(), names.toSorted())
    const into = await holdfast('restore', 'default', 'latest', 'constructor', '--into', 'postgresql://x@/y?host=/nowhere')
    assert.equal(into.code, 1)
    assert.doesNotMatch(into.stderr, /internal error|TypeError/u)
  },
)

const DAMAGED: Readonly<Record<string, (manifest: Changeable) => unknown>> = {
  'a path with ".."': ({ objects: [a] }) => Object.assign(a ?? {}, { path: '../../../planted' }),
  'an absolute path': ({ objects: [a] }) => Object.assign(a ?? {}, { path: '/planted' }),
  'a path with an empty part': ({ objects: [a] }) => Object.assign(a ?? {}, { path: 'a//b' }),
  'a NUL in a path': ({ objects: [a] }) => Object.assign(a ?? {}, { path: 'a\0' }),
  'a path in the reserved folder': ({ objects: [a] }) => Object.assign(a ?? {}, { path: '.holdfast/manifest.json' }),
  'a duplicate path': ({ objects: [a] }) => Object.assign(a ?? {}, { path: 'b' }),
  'a size beyond 2^53': ({ objects: [a] }) => Object.assign(a ?? {}, { bytes: 2 ** 53 }),
  'a negative size': ({ objects: [a] }) => Object.assign(a ?? {}, { bytes: -1 }),
  'a string as a size': ({ objects: [a] }) => Object.assign(a ?? {}, { bytes: '12' }),
  'a list as a digest': ({ objects: [a] }) => Object.assign(a ?? {}, { sha256: ['0'] }),
  '100,000 filters': ({ objects: [a] }) => Object.assign(a ?? {}, { filters: Array.from({ length: 100_000 }, () => 'gzip') }),
  'deeply nested lists': (manifest) =>
    JSON.stringify(manifest, undefined, 2).replace('"objects": [', `"x": ${'['.repeat(9e5)}${']'.repeat(9e5)}, "objects": [`),
  'a text of several megabytes': (manifest) => Object.assign(manifest, { host: 'x'.repeat(9e6) }),
}

attack(
  {
    name: 'a manifest is invalid',
    attacker: STORE,
    how: `uses ${Object.keys(DAMAGED).join(', ')}; root verifies and restores the set`,
    outcome: 'the manifest counts as damaged, and nothing of the set is restored; nothing is created outside of the destination',
  },
  async (t) => {
    const { setup, to, change, holdfast } = await openScene(t)
    mkdirSync(to)
    for (const [name, changes] of Object.entries(DAMAGED)) {
      change(changes)
      const { code, stderr } = await holdfast('restore', 'default', '2026-01-02T03:04:05+00:00', '--to', to)
      assert.equal(code, 1, name)
      assert.match(stderr, /damaged/u, name)
      assert.ok(stderr.length < 2000, name)
      assert.deepEqual(readdirSync(to), [], name)
      assert.ok(!existsSync(join(setup.top, 'planted')) && !existsSync('/planted'), name)
    }
    assert.match((await holdfast('verify', 'default', 'all')).stderr, /damaged/u)
  },
)

const ALIASES = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [${'*a'.concat(String(index), ', ').repeat(9)}]`).join('\n')

attack(
  {
    name: 'a configuration expands exponentially',
    attacker: 'the author of the configuration, or an error',
    how: 'uses nested aliases, in the native format and in those of both ancestors, and a hundred thousand nested brackets; root checks the configuration',
    outcome: 'it is rejected with the location of the error, without using much time or memory',
  },
  async (t) => {
    const setup = openSetup(t, undefined, 'unused.yaml')
    const texts = {
      'holdfast.yaml': `version: 1\na0: &a0 [x]\n${ALIASES}\ntasks: {}\n`,
      'palhm.yaml': `a0: &a0 [x]\n${ALIASES}\ntasks: *a29\n`,
      'krista.yaml': `a0: &a0 [x]\n${ALIASES}\nbackups: *a29\n`,
      'deep.yaml': `version: 1\ntasks: ${'['.repeat(1e5)}${']'.repeat(1e5)}\n`,
      'deep.json': `{"tasks": ${'['.repeat(1e5)}${']'.repeat(1e5)}}\n`,
    }
    for (const [name, text] of Object.entries(texts)) {
      const path = join(setup.top, name)
      writeFileSync(path, text)
      const { code, stdout, stderr } = await setup.start(['-f', path, 'config', 'check'], { under: ['prlimit', '--data=1500000000'] })
      assert.equal(code, 1, `${name}: ${stdout}${stderr}`)
      assert.doesNotMatch(stdout + stderr, /internal error|out of memory/u, name)
    }
  },
)
