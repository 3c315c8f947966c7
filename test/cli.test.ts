import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { checkout, type Ended, openPlace, type Place } from './palhm/place.ts'
import { until } from './support/time-limits.ts'

const sh = (script: string) => ({ type: 'exec-inline', argv: ['/bin/sh', '-c', script] })
const routine = (id: string, ...scripts: string[]) => ({ id, type: 'routine', routine: scripts.map(sh) })
const backup = (id: string, root: string, objects: Readonly<Record<string, string>>) => ({
  id,
  type: 'backup',
  backend: 'localfs',
  'backend-param': { root, 'nb-copy-limit': 2 },
  objects: Object.entries(objects).map(([path, script]) => ({ path, pipeline: [sh(script)] })),
})

/** A configuration with one task of each sort, and the program to be started on it. */
function open(t: TestContext) {
  const place = openPlace(t)
  const config = place.write('plan.json', {
    tasks: [
      routine('default', 'echo ran default'),
      routine('fail', 'echo out; echo why >&2; exit 3'),
      routine('long', 'sleep 61'),
      routine('daemon', 'sleep 61 >/dev/null 2>&1 &'),
      {
        id: 'nested',
        type: 'routine',
        routine: [
          { type: 'task', 'task-id': 'one' },
          { type: 'task', 'task-id': 'two' },
        ],
      },
      backup('one', 'one', { 'a.txt': 'echo a', 'd/b.txt': 'echo b' }),
      backup('two', 'two', { 'c.txt': 'echo c; echo chatty >&2' }),
      backup('broken', 'broken', { 'x.txt': 'echo partial; echo no such table >&2; exit 4' }),
      { ...backup('missing', 'missing', {}), objects: [{ path: 'm', pipeline: [{ type: 'exec-inline', argv: ['/no/such/program'] }] }] },
    ],
  })
  return { place, config, run: (...args: string[]) => start(place, '-f', config, ...args) }
}

function start(place: Place, ...args: string[]): Promise<Ended> {
  return place.start(args, { as: 'holdfast' })
}

const silent = { code: 0, signal: null, stdout: '', stderr: '' }
const setsIn = (root: string) => (existsSync(root) ? readdirSync(root).filter((name) => !name.startsWith('.')) : [])

function lines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('the command line', () => {
  const misuses: readonly (readonly [string[], RegExp])[] = [
    [[], /^error: missing command\n/u],
    [['rnu'], /^error: unknown command "rnu"\n.*Did you mean "run"\?/u],
    [['help', 'rnu'], /^error: unknown command "rnu"\n.*Did you mean "run"\?/u],
    [['-q', '-v', 'mods'], /^error: option .*-q.* cannot be used with .*-v/u],
    [['mods', '--jsn'], /^error: unknown option "--jsn"\n/u],
    [['run', 'a', 'b'], /^error: too many arguments/u],
    [['run', '--stall-limit', '6'], /^error: invalid duration "6"\n.*90s/u],
    [['config', 'chekc'], /^error: unknown subcommand "chekc" of "config"\n.*"check"/u],
  ]
  for (const [args, message] of misuses) {
    it(`refuses: ${JSON.stringify(args)}`, async (t) => {
      const { code, stdout, stderr } = await start(openPlace(t), ...args)
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.match(stderr, message)
    })
  }

  it('explains itself, with every exit code', async (t) => {
    const place = openPlace(t)
    const texts = await Promise.all([start(place, 'help'), start(place, '--help')])
    for (const { code, stdout, stderr } of texts) {
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      for (const line of ['  0  success', '  1  failure', '  2  invalid', '  3  succeeded with', '  4  partially', '  5  the same'])
        assert.ok(stdout.includes(`\n${line}`), line)
    }
    const { stdout } = await start(place, 'help', 'run')
    for (const option of ['--dry-run', '--json', '--strict', '--accept-root', '--stall-limit', '--run-limit', '--quiet'])
      assert.ok(stdout.includes(option), option)
  })

  it('prints its version without a configuration', async (t) => {
    const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
    assert.deepEqual(await start(openPlace(t), '--version'), { ...silent, stdout: `${version}\n` })
  })

  it('accepts options in any position', async (t) => {
    const { place, config } = open(t)
    assert.deepEqual(await start(place, 'run', '-q', 'default', '-f', config), { ...silent, stdout: 'ran default\n' })
  })

  it('ignores a closed reader, but reports a full disk', async (t) => {
    const place = openPlace(t)
    const holdfast = join(checkout, 'holdfast')
    const left = await place.start(['--norc', '-o', 'pipefail', '-c', '"$0" config schema | head -c1', holdfast], { as: '/bin/bash' })
    assert.deepEqual(left, { ...silent, stdout: '{' })
    const full = await place.start(['-c', '"$0" config schema >/dev/full', holdfast], { as: '/bin/sh' })
    assert.equal(full.code, 1)
    assert.match(full.stderr, /^error: could not write to the standard output \(ENOSPC\)\n$/u)
  })
})

describe('run', () => {
  it('uses the default task for no name and for an empty one', async (t) => {
    const { run } = open(t)
    for (const args of [['run'], ['run', '']]) assert.equal((await run('-q', ...args)).stdout, 'ran default\n')
  })

  it('suggests names for an unknown task', async (t) => {
    const { code, stdout, stderr } = await open(t).run('run', 'nestde')
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /^error: unknown task "nestde"\n {2}hint: Did you mean "nested"\? Available tasks: "default", /u)
  })

  it('prints its steps, and nothing with -q', async (t) => {
    const { place, run } = open(t)
    const told = await run('run', 'nested')
    assert.deepEqual({ code: told.code, stdout: told.stdout }, { code: 0, stdout: '' })
    for (const line of [
      /^nested: step 1 of 2: task "one"$/mu,
      /^one: make "d\/b\.txt"$/mu,
      /^two: published \S+ on \S+\/two: 2 B$/mu,
      /^nested: succeeded in /mu,
    ]) {
      assert.match(told.stderr, line)
    }
    assert.doesNotMatch(told.stderr, /chatty/u)
    assert.deepEqual(await run('-q', 'run', 'nested'), silent)
    assert.equal(setsIn(join(place.run, 'one')).length, 2)
  })

  it('shows the stderr of successful commands with -v', async (t) => {
    assert.match((await open(t).run('-v', 'run', 'two')).stderr, /^chatty$/mu)
  })

  it("prints the error, the location, the reason, and the program's output", async (t) => {
    const { place, run } = open(t)
    const { code, stdout, stderr } = await run('-q', 'run', 'broken')
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(
      stderr,
      /^error: sh failed \(exit code 4\): no such table\n {2}where: task "broken", step 1 of 1, object "x\.txt"\n {2}command: \/bin\/sh .*\n(?: {2}hint: .*\n)? {2}stderr:\n {4}no such table\n$/u,
    )
    assert.deepEqual(setsIn(join(place.run, 'broken')), [])
  })

  it('names the object that failed among many that were stopped', async (t) => {
    const place = openPlace(t)
    const config = place.write('plan.json', { 'nb-workers': 3, tasks: [backup('b', 'b', { slow: 'sleep 61', bad: 'exit 4', late: 'sleep 62' })] })
    const { stderr } = await start(place, '-q', '-f', config, 'run', 'b')
    assert.match(stderr, /^ {2}where: task "b", step 1 of 1, object "bad"$/mu)
    assert.deepEqual(place.leftOver(), [])
  })

  it("shows a step's own output before its failure", async (t) => {
    const { code, stdout, stderr } = await open(t).run('-q', 'run', 'fail')
    assert.deepEqual({ code, stdout }, { code: 1, stdout: 'out\n' })
    assert.match(
      stderr,
      /^error: sh failed \(exit code 3\): why\n {2}where: task "fail", step 1 of 1: \/bin\/sh .*\n(?: {2}hint: .*\n)? {2}stderr:\n {4}why\n$/u,
    )
  })

  it('prints every event as a line of JSON, and nothing else on stdout', async (t) => {
    const { run } = open(t)
    const good = await run('run', '--json', 'nested')
    assert.equal(good.stderr, '')
    assert.deepEqual(
      lines(good.stdout)
        .filter(({ task, kind }) => task === 'two' && kind !== 'object-progress' && kind !== 'root-awaited')
        .map(({ kind }) => kind),
      // What comes when it takes longer is left out.
      ['step-began', 'set-began', 'object-began', 'stderr', 'object-ended', 'set-published', 'rotation-decided', 'step-ended'],
    )
    const bad = await run('run', '--json', 'fail')
    const ended = lines(bad.stdout).at(-1)
    assert.deepEqual({ kind: ended?.['kind'], status: ended?.['status'] }, { kind: 'run-ended', status: 'failed' })
    assert.match(bad.stderr, /^out$/mu)
    assert.equal(bad.code, 1)
  })

  it('rejects a second run of the same task at the same time', async (t) => {
    const { place, config, run } = open(t)
    const first = place.start(['-q', '-f', config, 'run', 'long'], {
      as: 'holdfast',
      meanwhile: async (pid) => {
        await until(() => place.leftOver().some((text) => text.startsWith('sleep 61')))
        const second = await run('-q', 'run', 'long')
        assert.equal(second.code, 5)
        assert.match(second.stderr, new RegExp(`^error: the task "long" is already running \\(process ${pid}, since .*\\)\n`, 'u'))
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.equal((await first).signal, 'SIGTERM')
    assert.deepEqual(place.leftOver(), [])
  })

  it('is no failure, and no success under --strict, when something was noted', async (t) => {
    const { run } = open(t)
    const noted = await run('run', 'daemon')
    assert.equal(noted.code, 0)
    assert.match(noted.stderr, /^daemon: note: "sh" left 1 process/mu)
    assert.equal((await run('-q', 'run', '--strict', 'daemon')).code, 3)
    assert.equal((await run('-q', 'run', '--strict', 'default')).code, 0)
  })

  it('notes that it cannot lock, and is silent about it under -q', async (t) => {
    const { place, config } = open(t)
    const at = (...args: string[]) => place.start(['-f', config, ...args], { as: 'holdfast', env: { HOLDFAST_STATE: '/proc/nowhere' } })
    assert.match((await at('run')).stderr, /^default: note: could not lock the task.*ENOENT/mu)
    assert.deepEqual(await at('-q', 'run'), { ...silent, stdout: 'ran default\n' })
  })

  it('ends a command that exceeds its time limit', async (t) => {
    const { place, run } = open(t)
    const { code, stderr } = await run('-q', 'run', 'long', '--run-limit', '200ms')
    assert.equal(code, 1)
    assert.match(stderr, /^error: "sh" exceeded the time limit/u)
    assert.deepEqual(place.leftOver(), [])
  })

  it('prints all errors of a configuration, without a stack', async (t) => {
    const place = openPlace(t)
    const config = place.write('bad.json', {
      'nb-workers': 'x',
      tasks: [
        { id: 'a', type: 'nope' },
        { id: 'b', type: 'routine' },
      ],
    })
    const { code, stdout, stderr } = await start(place, '-q', '-f', config, 'run')
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.equal(stderr.trimEnd().split('\n').length, 3)
    for (const line of stderr.trimEnd().split('\n')) assert.match(line, /^\S+bad\.json:\d+:\d+: error: \S+: /u)
  })
})

describe('run --dry-run', () => {
  it('prints what would be done, and changes nothing', async (t) => {
    const { place, run } = open(t)
    const { code, stdout, stderr } = await run('run', '--dry-run', 'nested')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    for (const line of [
      /^one: would run step 1 of 1: back up 2 objects to "one"$/mu,
      /^ {4}d\/b\.txt: \/bin\/sh -c echo b$/mu,
      /^ {2}keep \S+: within the limits$/mu,
    ]) {
      assert.match(stdout, line)
    }
    assert.deepEqual(readdirSync(place.run), ['plan.json'])
    assert.equal(existsSync(join(place.top, 'state')), false)
  })

  it('lists the sets that would expire, with reasons', async (t) => {
    const { place, run } = open(t)
    for (const day of ['01', '02', '03']) mkdirSync(join(place.run, 'one', `2022-01-${day}T00:00:00+00:00`), { recursive: true })
    const { stdout } = await run('run', '--dry-run', 'one')
    assert.deepEqual(
      [...stdout.matchAll(/^ {2}expire (?<set>\S+): more than 2 sets$/gmu)].map(({ groups }) => groups?.['set']),
      ['2022-01-01T00:00:00+00:00', '2022-01-02T00:00:00+00:00'],
    )
    assert.equal(setsIn(join(place.run, 'one')).length, 3)
  })

  it('fails if a run would fail', async (t) => {
    const { run } = open(t)
    const { code, stdout } = await run('run', '--dry-run', '--json', 'missing')
    assert.equal(code, 1)
    assert.deepEqual(lines(stdout)[0]?.['problems'], ['could not start "/no/such/program": file not found'])
  })

  it('reports a root that is not a folder', async (t) => {
    const { place, run } = open(t)
    place.write('one', 'a file')
    const { code, stdout } = await run('run', '--dry-run', 'one')
    assert.equal(code, 1)
    assert.match(stdout, /^ {2}would fail: .*one/mu)
  })
})

describe('sets and verify', () => {
  it('list and check what the tasks have made, through pointers too', async (t) => {
    const { run } = open(t)
    await run('-q', 'run', 'nested')
    const listed = await run('sets', 'nested')
    assert.match(
      listed.stdout,
      /^task "one" on \S+\/one\n {2}set +state +size +objects +age +contains\n {2}\S+ +complete +4 B +2 +\S+ s +-\ntask "two" on /u,
    )
    assert.deepEqual(
      lines((await run('sets', '--json', 'two')).stdout).map(({ task, step, sets }) => [task, step, (sets as unknown[]).length]),
      [['two', 'two', 1]],
    )
    const checked = await run('verify', 'nested')
    assert.match(checked.stdout, /^\S+\/one: \S+: good \(2 objects, .*\)\n\S+\/two: \S+: good \(1 object, .*\)\n$/u)
    assert.deepEqual(await run('-q', 'verify', 'one', 'all'), silent)
  })

  it('find a changed byte, with its location', async (t) => {
    const { place, run } = open(t)
    await run('-q', 'run', 'one')
    const [set = ''] = setsIn(join(place.run, 'one'))
    appendFileSync(join(place.run, 'one', set, 'd/b.txt'), '!')
    const { code, stdout, stderr } = await run('-q', 'verify', 'one')
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /^error: \S+\/one: \S+: 1 problem\n {4}"d\/b\.txt" has 3 bytes, expected 2\n$/u)
    const [told] = lines((await run('verify', '--json', 'one', set)).stdout)
    assert.equal(told?.['good'], false)
  })

  it('look at the storages that can be read, and fail for the others', async (t) => {
    const place = openPlace(t)
    const s3 = { id: 'away', type: 'backup', backend: 'aws-s3', 'backend-param': { bucket: 'b', root: 'r', profile: 'nosuch' }, objects: [] }
    const config = place.write('plan.json', { modules: ['aws'], tasks: [s3, backup('one', 'one', { a: 'echo a' })] })
    assert.equal((await start(place, '-q', '-f', config, 'run', 'one')).code, 0)
    for (const [command, line] of [
      ['sets', /^task "one" on /u],
      ['verify', /^\S+\/one: \S+: good/u],
    ] as const) {
      const { code, stdout, stderr } = await start(place, '-f', config, command)
      assert.equal(code, 1)
      assert.match(stdout, line)
      assert.match(stderr, /^error: profile "nosuch" not found in the shared AWS files/u)
    }
  })

  it('do not call nothing good', async (t) => {
    const { run } = open(t)
    assert.match((await run('sets', 'one')).stdout, /^task "one" on \S+: no sets\n$/u)
    const { code, stderr } = await run('verify', 'one')
    assert.equal(code, 1)
    assert.match(stderr, /^error: no set of the task "one" found on "\S+\/one"\n {2}hint: Run "run one" to make/u)
    assert.match((await run('verify', 'one', '2026-01-01T00:00:00+00:00')).stderr, /^error: unknown set "2026-01-01T00:00:00\+00:00"\n/u)
  })
})

describe('config', () => {
  it('shows the plan, also under -q', async (t) => {
    const { stdout, code } = await open(t).run('-q', 'config')
    assert.equal(code, 0)
    assert.match(stdout, /task "one"/u)
  })

  it('checks: all is well, warnings, errors', async (t) => {
    const { place, run } = open(t)
    const good = place.write('good.json', { tasks: [routine('default', 'true')] })
    assert.equal((await start(place, '-f', good, 'config', 'check', '--strict')).code, 0)
    const warned = await run('config', 'check')
    assert.equal(warned.code, 0)
    assert.match(warned.stdout, /warning: could not start "\/no\/such\/program": file not found \(task "missing"\)/u)
    assert.equal((await run('config', 'check', '--strict')).code, 3)
    assert.deepEqual(await run('-q', 'config', 'check'), silent)
    const bad = place.write('bad.json', { tasks: 3 })
    const refused = await start(place, '-q', '-f', bad, 'config', 'check')
    assert.equal(refused.code, 1)
    assert.match(refused.stdout, /bad\.json:1:\d+: error: tasks: /u)
  })

  it('is named by a run of a configuration with warnings, as a command that works', async (t) => {
    const { place } = open(t)
    const file = place.write('warn.json', {
      'boot-report': { mua: 'stdout', 'mail-to': 'root' },
      tasks: [{ id: 'default', type: 'routine', routine: [] }],
    })
    const named = async (as: string) =>
      /note: .* 1 warning: see "(?<command>.*)"\n/u.exec((await place.start(['-f', file, 'run'], { as })).stderr)?.[1]
    assert.equal(await named('holdfast'), 'config check')
    assert.equal(await named('palhm'), `holdfast -f ${file} config check`)
  })

  it('checks a file in the given format if its name does not contain it', async (t) => {
    const { place } = open(t)
    const yaml = 'version: 1\nstorages: { a: { type: localfs, root: /srv/a } }\ntasks: { t: { steps: [{ exec: ["true"] }] } }\n'
    const file = place.write('tmp1x2y', {})
    writeFileSync(file, yaml)
    const check = (...words: readonly string[]) => start(place, '-f', file, 'config', 'check', ...words)
    assert.equal((await check()).code, 1)
    const known = await check('--dialect', 'native')
    assert.deepEqual([known.code, / 0 errors, 0 warnings; 1 task in 1 file\n$/u.test(known.stdout)], [0, true], known.stdout)
    assert.equal((await check('--dialect', 'krista')).code, 1)
    assert.match((await check('--dialect', 'borg')).stderr, /unknown dialect "borg"\n {2}hint: Available dialects: native, palhm, krista\./u)
  })

  it('prints a schema that is JSON, without a configuration', async (t) => {
    const { code, stdout } = await start(openPlace(t), 'config', 'schema')
    assert.equal(code, 0)
    assert.equal(typeof JSON.parse(stdout), 'object')
  })
})
