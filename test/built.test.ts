import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../tools/build.ts'
import { requires } from './support/requires.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

describe('the folder that is copied to hosts', () => {
  const top = mkdtempSync(join(tmpdir(), 'holdfast-built-'))
  const home = join(top, 'opt', 'holdfast')
  const environment = { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') }
  const run = (...words: readonly string[]) => spawnSync(join(home, 'holdfast'), words, { cwd: '/', env: environment, encoding: 'utf8' })
  before(() => buildFolder(checkout, home))
  after(() => rmSync(top, { recursive: true, force: true }))

  it('prints its version without the checkout', () => {
    const { stdout, stderr } = run('--version')
    assert.equal(stderr, '')
    assert.equal(stdout, execFileSync(join(checkout, 'holdfast'), ['--version'], { encoding: 'utf8' }))
    assert.deepEqual(readdirSync(join(home, 'node_modules')), [`node-linux-${process.arch}`])
    assert.equal(existsSync(join(home, 'src')), false)
  })

  it('loads only what a command uses', () => {
    const list = join(top, 'list.cjs')
    const found = join(top, 'loaded.json')
    // Of Node.js, and of the program.
    writeFileSync(
      list,
      `const before = process.moduleLoadList.length
       process.on('exit', () => {
         const modules = process.moduleLoadList.slice(before).map((it) => it.replace(/^.* /u, ''))
         require('node:fs').writeFileSync(${JSON.stringify(found)}, JSON.stringify({ modules, files: Object.keys(require.cache) }))
       })`,
    )
    const loadedBy = (...words: readonly string[]) => {
      const { status, stderr } = spawnSync(process.execPath, ['--require', list, join(home, 'lib/holdfast/main.cjs'), ...words], {
        env: environment,
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr)
      return JSON.parse(readFileSync(found, 'utf8')) as { readonly modules: readonly string[]; readonly files: readonly string[] }
    }
    const { modules } = loadedBy('--version')
    assert.deepEqual(
      modules.filter((it) => ['fs/promises', 'crypto', 'stream', 'zlib', 'child_process', 'perf_hooks'].includes(it)),
      [],
    )
    const config = join(top, 'small.yaml')
    writeFileSync(config, 'version: 1\ntasks: { t: { steps: [{ exec: [/bin/true] }] } }\n')
    const hasZod = (path: string) => path.startsWith(home) && readFileSync(path, 'utf8').includes('$ZodError')
    assert.deepEqual(loadedBy('-q', '-f', config, 'run', 't').files.filter(hasZod), [])
    writeFileSync(config, 'version: 1\ntask: {}\n')
    const refused = run('-f', config, 'config', 'check')
    assert.match(refused.stdout + refused.stderr, /unknown key "task"/u)
  })

  it('backs up, verifies, lists and restores by a configuration of each dialect', () => {
    const native = join(top, 'holdfast.yaml')
    writeFileSync(native, `version: 1\nstorages: { local: { type: localfs, root: ${top}/a } }\ntasks:\n  t:\n    steps:\n${nativeStep()}`)
    const palhm = join(top, 'palhm.jsonc')
    writeFileSync(palhm, JSON.stringify({ tasks: [palhmTask(`${top}/b`)] }))
    for (const file of [native, palhm]) {
      for (const words of [
        ['-q', '-f', file, 'run', 't'],
        ['-f', file, 'sets'],
        ['-f', file, 'verify'],
      ]) {
        const { status, stdout, stderr } = run(...words)
        assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`)
      }
    }
    const { status, stderr } = run('-f', native, 'restore', 't', 'latest', '--to', join(top, 'back'))
    assert.equal(status, 0, stderr)
    assert.ok(existsSync(join(top, 'back')))
    assert.match(run('-f', native, 'runs').stdout, /\bt\b/u)
  })

  it('is a package for npm that works with the Node.js of the host', { skip: requires('npm') }, () => {
    const npm = (...words: readonly string[]) =>
      execFileSync('npm', [...words, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: top, encoding: 'utf8' })
    const packed = npm('pack', home).trim()
    npm('install', '--global', '--prefix', join(top, 'global'), `./${packed}`)
    const path = `${dirname(process.execPath)}:/usr/bin:/bin`
    const installed = (name: string, ...words: readonly string[]) =>
      execFileSync(join(top, 'global/bin', name), words, { encoding: 'utf8', env: { PATH: path } })
    assert.equal(installed('holdfast', '--version'), run('--version').stdout)
    assert.match(installed('palhm', 'help'), /^Usage: palhm /u)
    assert.match(installed('KristaBackup.py', '--version'), /^KristaBackup\.py /u)
    assert.equal(existsSync(join(top, 'global/lib/node_modules/holdfast/node_modules')), false)
  })

  it('has every command', () => {
    for (const words of [['help'], ['mods'], ['config', 'schema'], ['help', 'run']]) assert.equal(run(...words).status, 0, words.join(' '))
  })
})

function nativeStep(): string {
  return '      - backup: { objects: { etc: { files: { paths: [/etc/hostname] } }, facts: { host-facts: {} } } }\n'
}

function palhmTask(root: string): object {
  const objects = [{ path: 'o', pipeline: [{ type: 'exec-inline', argv: ['/bin/echo', 'x'] }] }]
  return { id: 't', type: 'backup', backend: 'localfs', 'backend-param': { root }, objects }
}
