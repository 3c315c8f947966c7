import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lacks } from './support/lacks.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const noPython = lacks('python3')

const CONFIG = `naming: {server_name: s, project: p, region: r}
logging: {logs_path: logs}
schedule:
  good: {actions: [where, quiet]}
  bad: {actions: [fails, after]}
  strict: {actions: [stops, after]}
  half: {actions: [wrong, after]}
  unknown: {actions: [after, nosuch]}
  tried: {actions: [[after, --dry]]}
  same: {actions: [after]}
actions:
  where: {type: command, cmd: 'pwd >where; echo "$SAID" >>where'}
  quiet: {type: command, cmd: 'echo out; echo err >&2'}
  fails: {type: command, cmd: 'echo why >&2; exit 3'}
  stops: {type: command, cmd: 'exit 3', continue_on_error: false}
  wrong: {type: wat}
  after: {type: command, cmd: 'echo x >>after'}
  same: {type: command, cmd: 'echo y >>same'}
`

describe('KristaBackup.py', () => {
  let home = ''
  let place = ''
  before(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-krista-')))
    place = join(home, 'KristaBackup')
    mkdirSync(place)
    symlinkSync(join(checkout, 'KristaBackup.py'), join(place, 'KristaBackup.py'))
    writeFileSync(join(place, 'config.yaml'), CONFIG)
  })
  after(() => rmSync(home, { recursive: true }))

  const env = () => ({ PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(home, 'state'), SAID: 'inherited', PYTHONDONTWRITEBYTECODE: '1' })
  const krista = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(place, 'KristaBackup.py'), args, { cwd: '/', env: env(), encoding: 'utf8' })
    return { status, stdout, stderr }
  }
  const lines = (name: string) => {
    try {
      return readFileSync(join(place, name), 'utf8').split('\n').slice(0, -1)
    } catch {
      return []
    }
  }
  const silent = { status: 0, stdout: '', stderr: '' }

  it('runs a task in the folder of the configuration, with inherited keys, without output', () => {
    assert.deepEqual(krista('run', 'good'), silent)
    assert.deepEqual(lines('where'), [place, 'inherited'])
  })

  it('shows its actions with -v, in any position', () => {
    for (const args of [
      ['run', 'quiet', '-v'],
      ['-v', 'run', 'quiet'],
    ]) {
      const { status, stdout, stderr } = krista(...args)
      assert.equal(status, 0)
      for (const word of [/out/u, /err/u]) assert.match(`${stdout}${stderr}`, word)
    }
  })

  it('fails if an action fails, and continues or stops as configured', () => {
    rmSync(join(place, 'after'), { force: true })
    const bad = krista('run', 'bad')
    assert.deepEqual([bad.status, bad.stdout, lines('after')], [1, '', ['x']])
    assert.match(bad.stderr, /fails failed \(exit code 3\)/u)
    assert.match(bad.stderr, /why/u)
    assert.equal(krista('run', 'strict').status, 1)
    assert.deepEqual(lines('after'), ['x'])
  })

  it('runs what can be run of a task with a wrong action, and nothing of one that names an unknown one', () => {
    rmSync(join(place, 'after'), { force: true })
    const half = krista('run', 'half')
    assert.deepEqual([half.status, lines('after')], [1, ['x']])
    assert.match(half.stderr, /config\.yaml:\d+:\d+: unknown type "wat"/u)
    const unknown = krista('run', 'unknown')
    assert.deepEqual([unknown.status, lines('after')], [1, ['x']])
    assert.match(unknown.stderr, /unknown action "nosuch"/u)
  })

  it('changes nothing in a dry run', () => {
    rmSync(join(place, 'after'), { force: true })
    assert.deepEqual(krista('run', 'tried'), silent)
    assert.deepEqual(krista('run', 'after', '--dry'), silent)
    assert.deepEqual(lines('after'), [])
    const task = krista('run', 'good', '--dry')
    assert.deepEqual([task.status, task.stdout], [1, ''])
    assert.match(task.stderr, /"good" is a task/u)
  })

  it('prefers a task to an action of the same name, and with --dry the action', () => {
    for (const name of ['after', 'same']) rmSync(join(place, name), { force: true })
    assert.deepEqual(krista('run', 'same'), silent)
    assert.deepEqual([lines('after'), lines('same')], [['x'], []])
    const { stdout } = krista('run', 'same', '--dry', '-v')
    assert.match(stdout, /dry: \/bin\/sh -c echo y/u)
    assert.deepEqual([lines('after'), lines('same')], [['x'], []])
  })

  it('exits with 1 for an unknown name, and with 2 for an invalid command line', () => {
    assert.match(krista('run', 'nosuch').stderr, /unknown task "nosuch"/u)
    assert.equal(krista('run', 'nosuch').status, 1)
    for (const args of [[], ['run'], ['run', 'a', 'b'], ['run', 'good', '--foo'], ['foo']]) assert.equal(krista(...args).status, 2, args.join(' '))
    assert.match(krista('--version').stdout, /^KristaBackup\.py 1\.7 \(Holdfast \d/u)
    for (const args of [['--help'], ['run', '-h'], ['--version']]) assert.equal(krista(...args).status, 0, args.join(' '))
  })

  it('has the commands of Holdfast too', () => {
    const check = krista('config', 'check')
    assert.equal(check.status, 1)
    assert.match(check.stdout, /2 errors, 0 warnings; 7 tasks in 1 file/u)
    assert.match(krista('runs', '--limit', '1').stdout, /same|good|half/u)
  })

  it('can be converted to the native form', () => {
    const own = join(home, 'plain.yaml')
    writeFileSync(own, CONFIG.replace(/^ {2}(?:wrong|half|unknown): .*\n/gmu, ''))
    const { status, stdout } = krista('-f', own, 'config', 'convert')
    assert.equal(status, 0)
    assert.match(stdout, /^version: 1$/mu)
    writeFileSync(own, stdout)
    assert.match(krista('-f', own, 'config', 'check').stdout, /0 errors, 0 warnings; 10 tasks/u)
  })

  it('reports parts of a conversion that would not load', () => {
    const own = join(home, 'odd.yaml')
    const scheme = '{fsdump_fileformat: x, fsdump_hash_fileformat: h, pgdump_fileformat: p, pgdump_hash_fileformat: q}'
    writeFileSync(
      own,
      `naming: {server_name: s, project: p, region: r}\nschedule: {}\nactions: {a: {type: tar, basename: b, naming_scheme: ${scheme}}}\n`,
    )
    const { status, stdout, stderr } = krista('-f', own, 'config', 'convert')
    assert.equal(status, 1)
    assert.match(stdout, /^version: 1$/mu)
    assert.match(stderr, /^converted\.yaml:\d+:\d+: error: .* missing field \{ext\}/mu)
  })

  it('is found by python3, from any folder, through links', { skip: noPython }, () => {
    const bin = join(home, 'bin')
    mkdirSync(bin)
    symlinkSync(join(place, 'KristaBackup.py'), join(bin, 'KristaBackup.py'))
    writeFileSync(join(bin, 'config.yaml'), CONFIG.replace('pwd >where', 'pwd >elsewhere'))
    for (const [file, wanted] of [
      [join(place, 'KristaBackup.py'), 'where'],
      [join(bin, 'KristaBackup.py'), 'elsewhere'],
    ] as const) {
      rmSync(join(place, 'where'), { force: true })
      const { status, stderr } = spawnSync('python3', [file, 'run', 'where'], { cwd: checkout, env: env(), encoding: 'utf8' })
      assert.deepEqual([status, stderr], [0, ''])
      assert.equal(wanted === 'where', lines('where').length > 0)
    }
    assert.equal(readFileSync(join(bin, 'elsewhere'), 'utf8'), `${bin}\n`)
  })

  it('runs one task at a time if configured', async () => {
    const other = join(home, 'other')
    mkdirSync(other)
    symlinkSync(join(checkout, 'KristaBackup.py'), join(other, 'KristaBackup.py'))
    spawnSync('mkfifo', [join(other, 'gate')])
    writeFileSync(
      join(other, 'config.yaml'),
      `naming: {server_name: s, project: p, region: r}\nlogging: {logs_path: logs}\nallow_parallel: no\nschedule: {}\nactions: {slow: {type: command, cmd: 'echo held; cat gate'}, fast: {type: command, cmd: 'true'}}\n`,
    )
    const run = (...args: readonly string[]) => spawnSync(join(other, 'KristaBackup.py'), args, { cwd: '/', env: env(), encoding: 'utf8' })
    const slow = spawn(join(other, 'KristaBackup.py'), ['run', 'slow', '-v'], { cwd: '/', env: env(), stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => slow.once('exit', resolve))
    await new Promise((resolve) => slow.stdout.once('data', resolve))
    const fast = run('run', 'fast')
    assert.equal(fast.status, 5)
    assert.match(fast.stderr, /another task is running, and "fast" must not run at the same time \(process \d+/u)
    writeFileSync(join(other, 'gate'), '')
    assert.equal(await ended, 0)
    assert.equal(run('run', 'fast').status, 0)
  })
})
