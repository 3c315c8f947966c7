import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOST } from '../../test/support/palhm.ts'
import { diskReader, memoryReader } from '../../test/support/readers.ts'
import type { Issue } from '../plan/issue.ts'
import { findConfig } from './find-config.ts'
import { loadConfig, planOf } from './load.ts'
import { ConfigError, renderCheck, renderIssues } from './render-issues.ts'
import { renderPlan } from './show.ts'

const JSONC = '/etc/palhm/palhm.jsonc'
const CONF = '/etc/palhm/palhm.conf'
const NATIVE = '/etc/holdfast/holdfast.yaml'
const KRISTA = '/opt/KristaBackup/config.yaml'

describe('the dialect of a file', () => {
  it('called as KristaBackup, a file with any name is its configuration', async () => {
    const text = 'naming: {}\nschedule: {}\nactions: {}\n'
    const deps = { reader: memoryReader({ '/c/conf.bak': text }), host: HOST, shippedRoot: '/x' }
    const { issues } = await loadConfig('/c/conf.bak', { ...deps, invokedAs: 'KristaBackup.py' })
    assert.doesNotMatch(renderIssues(issues), /JSON/u)
    assert.match(renderIssues((await loadConfig('/c/conf.bak', { ...deps, invokedAs: 'palhm' })).issues), /unquoted word/u)
  })
})

describe('finding the configuration', () => {
  const find = (invokedAs: string, present: readonly string[], file?: string) =>
    findConfig({ invokedAs, exists: async (path) => present.includes(path), ...(file !== undefined && { file }) }).catch((error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.equal(error.code, 'config/invalid')
      return `error: ${error.issues.map((it) => it.message).join()}`
    })

  it('uses the file given with -f', async () => assert.equal(await find('palhm', [JSONC], 'x.json'), 'x.json'))

  it('looks in the places of the ancestor under its name', async () => {
    for (const name of ['palhm', 'palhm.py', '/opt/x/palhm.py', 'PALHM']) {
      assert.equal(await find(name, [CONF, JSONC, NATIVE]), JSONC)
      assert.equal(await find(name, [CONF, NATIVE, KRISTA]), CONF)
      assert.equal(await find(name, [NATIVE, KRISTA]), `error: configuration not found: neither "${JSONC}" nor "${CONF}" exists`)
    }
  })

  it('uses the native file, otherwise the only one of an ancestor', async () => {
    assert.equal(await find('holdfast', [CONF, JSONC, NATIVE, KRISTA]), NATIVE)
    assert.equal(await find('/x/palhm/holdfast', [JSONC]), JSONC)
    assert.equal(await find('holdfast', [CONF]), CONF)
    assert.equal(await find('holdfast', [KRISTA]), KRISTA)
    assert.equal(await find('holdfast', [CONF, KRISTA]), `error: found several configurations: "${CONF}" and "${KRISTA}"`)
    assert.match(await find('holdfast', []), /neither .* exists/u)
  })
})

describe('loading a configuration', () => {
  const load = (files: Parameters<typeof memoryReader>[0], file: string) => loadConfig(file, { reader: memoryReader(files), host: HOST })

  it('detects the dialect by the name of the file, with links resolved', async () => {
    for (const file of ['/a.json', '/a.jsonc', '/a.conf', '/a']) assert.ok((await load({ [file]: '{}' }, file)).plan, file)
    for (const file of ['/a.yaml', '/a.yml', '/A.YAML']) assert.equal((await load({ [file]: 'version: 1' }, file)).plan?.dialect, 'native', file)
    assert.equal((await load({ '/a.conf': { link: 'b.yaml' }, '/b.yaml': 'version: 1' }, '/a.conf')).plan?.file, '/b.yaml')
    assert.match(renderIssues((await load({}, '/a.json')).issues), /file not found/u)
    assert.match(renderIssues((await load({}, '/a.yaml')).issues), /file not found/u)
  })

  it('gives the plan, or an error with everything that was found', async () => {
    assert.equal(planOf(await load({ '/a.json': '{}' }, '/a.json')).file, '/a.json')
    const bad = await load({ '/a.json': '{"vl": null, "x": 1, "tasks": 2}' }, '/a.json')
    assert.throws(
      () => planOf(bad),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError)
        assert.equal(error.message, '/a.json:1:8: error: vl: expected a number, found null (and 1 more)')
        assert.equal(error.issues.length, 3)
        return true
      },
    )
  })
})

describe('issues as text', () => {
  const issue: Issue = { severity: 'error', file: '/a', line: 3, column: 7, path: 'tasks[0]', message: 'is wrong', hint: 'Do it.' }

  it('are one line each, without the parts that they lack', () => {
    const { line: _line, column: _column, ...whole } = issue
    assert.equal(
      renderIssues([issue, { ...whole, severity: 'warning', path: '' }]),
      '/a:3:7: error: tasks[0]: is wrong. Do it.\n/a: warning: is wrong. Do it.\n',
    )
    assert.equal(renderIssues([]), '')
  })

  it('stay on one line whatever a name holds', () =>
    assert.equal(renderIssues([{ ...issue, file: '/a\nb\u001b' }]), '/a\\nb\\u001b:3:7: error: tasks[0]: is wrong. Do it.\n'))

  it('end with a summary when they are checked', () => {
    assert.equal(renderCheck({ issues: [issue] }), '/a:3:7: error: tasks[0]: is wrong. Do it.\n1 error, 0 warnings\n')
  })
})

describe('showing a plan', () => {
  const golden = new URL('../../test/golden/palhm/', import.meta.url)

  for (const name of [
    '01-localfs-groups.jsonc',
    '10-env.json',
    '11-routine.json',
    '15-include.json',
    '17d-br-mailx-fake.json',
    '31-s3-storage-classes.json',
  ])
    it(`prints that of ${name} as on record`, async (t) => {
      const folder = fileURLToPath(new URL('configs/', golden))
      const plan = planOf(await loadConfig(folder + name, { reader: diskReader, host: HOST }))
      const text = renderPlan(plan).replaceAll(folder, '')
      t.assert.fileSnapshot(text, fileURLToPath(new URL(`shown/${name}.txt`, golden)), { serializers: [String] })
    })

  it('names the variables of an environment, never their values', async () => {
    const text = '{"execs": [{"id": "x", "argv": ["x"], "env": {"PASSWORD": "s3cret"}}]}'
    const shown = renderPlan(planOf(await loadConfig('/a.json', { reader: memoryReader({ '/a.json': text }), host: HOST })))
    assert.match(shown, /PASSWORD=… x/u)
    assert.doesNotMatch(shown, /s3cret/u)
  })
})
