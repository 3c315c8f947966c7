import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../../tools/build.ts'
import { requires } from '../support/requires.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

describe('the package for npm', { skip: requires('npm', 'zstd', 'tar') }, () => {
  const top = mkdtempSync(join(tmpdir(), 'npm-'))
  const state = join(top, 'state')
  const prefix = join(top, 'prefix')
  /** Node.js for the package, as a host would have it. */
  const tools = join(top, 'tools')
  const run = (program: string, ...words: readonly string[]) => {
    const env = { PATH: `${tools}:/usr/bin:/bin`, HOME: top, HOLDFAST_STATE: state, npm_config_offline: 'true', npm_config_update_notifier: 'false' }
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', cwd: top, env })
    return { status, stdout, stderr }
  }
  const ok = (program: string, ...words: readonly string[]) => {
    const { status, stdout, stderr } = run(program, ...words)
    assert.equal(status, 0, `${program} ${words.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  before(async () => {
    mkdirSync(tools)
    symlinkSync(process.execPath, join(tools, 'node'))
    await buildFolder(checkout, join(top, 'folder'))
    ok('npm', 'pack', '--silent', './folder')
    const [packed = ''] = readdirSync(top).filter((it) => it.endsWith('.tgz'))
    ok('npm', 'install', '--silent', '--global', '--prefix', prefix, `./${packed}`)
  })
  after(() => rmSync(top, { recursive: true, force: true }))
  const bin = (name: string) => join(prefix, 'bin', name)

  it('installs the commands, without a Node.js of its own, and without other packages', () => {
    assert.deepEqual(readdirSync(join(prefix, 'bin')).toSorted(), ['KristaBackup.py', 'holdfast', 'palhm', 'palhm.py'])
    assert.deepEqual(readdirSync(join(prefix, 'lib/node_modules')), ['holdfast'])
    assert.ok(!readdirSync(join(prefix, 'lib/node_modules/holdfast')).includes('node_modules'))
    for (const name of ['holdfast', 'palhm', 'palhm.py', 'KristaBackup.py']) assert.match(ok(bin(name), '--version'), /\d+\.\d+/u)
    assert.match(ok(bin('palhm'), 'help'), /^Usage: palhm /u)
  })

  it('backs up files and a database, verifies, restores and lists them', () => {
    ok('sh', '-c', 'mkdir -p data && echo kept >data/a && sqlite3 app.db "create table t (x); insert into t values (1)"')
    writeFileSync(
      join(top, 'h.yaml'),
      `version: 1
storages: { local: { type: localfs, root: ${top}/root } }
file-sets: { data: { archives: { basename: data, folder: ${top}/archives } } }
tasks:
  t:
    steps:
      - archive: { files: data, source: ${top}/data }
      - backup:
          objects:
            data: { files: { paths: [${top}/data] } }
            app: { sqlite: { path: ${top}/app.db, temporary-folder: ${top} } }
            facts: { host-facts: {} }
            large: { exec: [head, -c, "9000000", /dev/zero], compress: none }
`,
      { mode: 0o600 },
    )
    const holdfast = (...words: readonly string[]) => ok(bin('holdfast'), '-f', 'h.yaml', ...words)
    holdfast('-q', 'run')
    assert.match(holdfast('verify', '--deep'), /good \(4 objects/u)
    holdfast('restore', 't', '--to', 'back')
    assert.match(ok('sh', '-c', `cat back/data.tar.zst.d${top}/data/a && sqlite3 back/app.db 'select x from t'`), /^kept\n1\n$/u)
    assert.match(holdfast('config', 'schema'), /"\$schema"/u)
  })

  it('is found by cron, with the Node.js that runs it', { skip: requires('root', 'crontab') }, () => {
    writeFileSync(join(top, 'c.yaml'), 'version: 1\ntasks: { t: { schedule: daily, steps: [] } }\n', { mode: 0o600 })
    const line = ok(bin('holdfast'), '-f', 'c.yaml', 'enable', '--dry-run', 't')
    assert.ok(
      line.startsWith(`@daily /usr/bin/env PATH=${tools}:/usr/bin:/bin HOLDFAST_STATE=${state} ${prefix}/lib/node_modules/holdfast/holdfast`),
      line,
    )
    const command = line.slice('@daily '.length)
    const ran = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: top } })
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, '', ''])
  })

  it('reports the missing dependency if there is no Node.js', () => {
    const { status, stderr } = spawnSync('/bin/sh', [bin('holdfast'), '--version'], { encoding: 'utf8', env: { PATH: '/nowhere' } })
    assert.equal(status, 1)
    assert.match(stderr, /^holdfast: Node\.js 24 or newer is missing/u)
  })
})
