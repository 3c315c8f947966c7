import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parsePerfdata } from '../src/check/plugin/perfdata.ts'
import { cannotMountDead, mountDead } from './faults/dead-mount.ts'
import { scaledMs, until } from './support/time-limits.ts'

const holdfast = fileURLToPath(new URL('../holdfast', import.meta.url))

interface Place {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  configure(rest: string): void
  run(...args: readonly string[]): Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>
}

const NO_SPACE_LIMITS = '{ paths: [/], warn: 0, fail: 0, warn-inodes: 0%, fail-inodes: 0% }'

/** A configuration with the storage "local" and what is given behind it, and the program to be started on it. */
function open(t: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-check-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { PATH: '/usr/sbin:/usr/bin:/bin', HOME: folder, HOLDFAST_STATE: join(folder, 'state') }
  mkdirSync(join(folder, 'root'))
  return {
    folder,
    env,
    configure: (rest) =>
      writeFileSync(
        join(folder, 'holdfast.yaml'),
        `version: 1\nstorages: { local: { type: localfs, root: ${folder}/root } }\nchecks:\n  room: { disk-space: { paths: [${folder}/root], warn: 0, fail: 0, warn-inodes: 0%, fail-inodes: 0% } }\n${rest}`,
      ),
    run(...args) {
      // The limit is for a program that hangs: no test asserts how long something takes.
      // What is not about that limit has time: the ten seconds that a caller gives count from the start of Node.js on.
      const patient = args[0] === 'check' && !args.includes('--timeout') ? [...args, '--timeout', '10m'] : args
      const { status, stdout, stderr } = spawnSync(holdfast, ['-f', join(folder, 'holdfast.yaml'), ...patient], {
        encoding: 'utf8',
        env,
        cwd: folder,
        timeout: scaledMs(300_000),
      })
      return { status, stdout, stderr }
    },
  }
}

const NIGHTLY = 'tasks:\n  nightly:\n    schedule: daily\n    steps:\n      - backup: { objects: { one: { exec: [echo, one] } } }\n'

/** Must pass in a test, and be enough for all that answers at once. */
const SHORT = `${scaledMs(6000)}ms`

// Seconds that no other process sleeps: what an earlier test left behind is not ours.
const NAP = `3600.${process.pid}`

/** Processes whose command line holds these words. */
function alive(words: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/u.test(pid) && commandLine(pid).includes(words))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

describe('check', () => {
  it('answers on one line, with performance data, when all is good', (t) => {
    const { run, configure, folder } = open(t)
    configure(NIGHTLY)
    assert.equal(run('-q', 'run').status, 0)
    const { status, stdout, stderr } = run('check')
    assert.deepEqual([status, stderr], [0, ''])
    const [text = '', perfdata = '', ...more] = stdout.trimEnd().split('|')
    assert.deepEqual([text, more.length, stdout.split('\n').length], ['HOLDFAST OK - 3 checks, all OK', 0, 2])
    assert.deepEqual(
      // Some file systems make inodes as they need them.
      parsePerfdata(perfdata).flatMap(({ label, warn }) => (label.endsWith('inodes free') ? [] : [[label, warn]])),
      [
        [`${folder}/root free`, '0:'],
        ['nightly on local age', '108000'],
        ['nightly on local size', undefined],
        ['nightly on local sets', undefined],
        ['nightly last run age', undefined],
      ],
    )
  })

  it('is critical without a set, and after a failed run, with the reason', (t) => {
    const { run, configure } = open(t)
    configure(NIGHTLY)
    const none = run('check')
    assert.match(none.stdout, /^HOLDFAST CRITICAL - nightly: no complete set of "nightly" on "local"; runs: no runs are recorded\|/u)
    assert.equal(none.status, 2)
    configure(NIGHTLY.replace('[echo, one]', '{ shell: "exit 7" }'))
    run('-q', 'run')
    const { status, stdout } = run('check')
    assert.equal(status, 2)
    assert.match(stdout, /nightly: no complete set.*; runs: the last run of "nightly", .* ago, failed: sh failed \(exit code 7\)/u)
  })

  it('runs the requested checks: a check, a step, a task', (t) => {
    const { run, configure } = open(t)
    configure(
      `  bad: { exec: { shell: 'echo "so | bad=1;2;3"; exit 2' } }\n${NIGHTLY}  other:\n    steps:\n      - check: { name: inner, exec: { shell: "echo inner; exit 1" } }\n      - check: { exec: [echo, unnamed] }\n`,
    )
    const answers = (...names: string[]) => {
      const { status, stdout } = run('check', ...names)
      return [status, stdout]
    }
    assert.deepEqual(answers('bad'), [2, 'HOLDFAST CRITICAL - so|bad=1;2;3\n'])
    assert.deepEqual(answers('inner'), [1, 'HOLDFAST WARNING - inner\n'])
    assert.deepEqual(answers('inner', 'bad'), [2, 'HOLDFAST CRITICAL - bad: so; inner: inner|bad=1;2;3\n'])
    assert.deepEqual(answers('other'), [1, 'HOLDFAST WARNING - inner: inner\n'])
    assert.match(String(answers('nightly')[1]), /^HOLDFAST CRITICAL - nightly: no complete set/u)
    assert.deepEqual(answers('innner'), [3, 'HOLDFAST UNKNOWN - unknown check or task "innner"\n'])
  })

  it('prints every result with -v, and in JSON', (t) => {
    const { run, configure } = open(t)
    configure(`  bad: { exec: { shell: 'echo "so | bad=1;2;3"; exit 2' } }\n${NIGHTLY}`)
    const { stdout } = run('check', 'room', 'bad', '-v')
    const [first, room, bad] = stdout.split('\n')
    assert.match(first ?? '', /^HOLDFAST CRITICAL - bad: so\|/u)
    assert.match(room ?? '', /^\[OK\] room: .* free on/u)
    assert.equal(bad, '[CRITICAL] bad: so. See the documentation of "sh".')
    const json = run('check', 'bad', '--json')
    assert.deepEqual(
      [json.status, JSON.parse(json.stdout)],
      [
        2,
        {
          status: 'fail',
          exitCode: 2,
          checks: [
            {
              name: 'bad',
              kind: 'exec',
              status: 'fail',
              reason: 'so',
              hint: 'See the documentation of "sh".',
              facts: [{ label: 'bad', value: 1, unit: '', warn: '2', fail: '3' }],
            },
          ],
        },
      ],
    )
  })

  it('is UNKNOWN whatever is wrong with itself, and never 1', (t) => {
    const { run, configure, folder, env } = open(t)
    configure(NIGHTLY)
    for (const args of [
      ['check', '--bogus'],
      ['check', '--timeout', 'soon'],
      ['check', '-f', '/no/such/file.yaml'],
      ['-q', '-v', 'check'],
    ]) {
      const { status, stdout, stderr } = run(...args)
      assert.deepEqual([status, stderr], [3, ''], args.join(' '))
      assert.match(stdout, /^HOLDFAST UNKNOWN - [^\n]+\n$/u)
    }
    configure('tasks: { nightly: { steps: [{ bakcup: 1 }] } }\n')
    assert.match(run('check').stdout, /^HOLDFAST UNKNOWN - .*holdfast\.yaml:\d+:\d+: error: .*unknown key "bakcup"/u)
    configure(NIGHTLY)
    writeFileSync(join(folder, 'state'), 'a file where a folder should be')
    assert.equal(
      spawnSync(holdfast, ['-f', join(folder, 'holdfast.yaml'), 'check', '--timeout', '10m'], { env }).status,
      2,
      'a journal that cannot be is one without runs',
    )
  })

  it('does not wait for what hangs, and leaves nothing running', (t) => {
    const { run, configure } = open(t)
    configure(
      `  slow: { exec: { shell: 'trap "" TERM; sleep ${NAP}1 & sleep ${NAP}1' } }\n  quick: { exec: { shell: "echo quick; exit 1" } }\n${NIGHTLY}`,
    )
    const { status, stdout } = run('check', 'slow', 'quick', '--timeout', SHORT)
    assert.equal(status, 3)
    assert.match(stdout, /^HOLDFAST UNKNOWN - slow: timed out after .*; quick: quick\n$/u)
    assert.deepEqual(alive(`sleep ${NAP}1`), [])
  })

  it('reports an overdue backup and a missing program beside a server whose client hangs, which is named', (t) => {
    const { run, configure, folder } = open(t)
    mkdirSync(join(folder, 'bin'))
    for (const name of ['psql', 'pg_dump', 'pg_dumpall']) writeFileSync(join(folder, 'bin', name), `#!/bin/sh\nexec sleep ${NAP}3\n`, { mode: 0o755 })
    configure(NIGHTLY)
    assert.equal(run('-q', 'run').status, 0)
    // As it would be after years without a run.
    const sets = join(folder, 'root', 'nightly')
    renameSync(join(sets, readdirSync(sets).find((name) => /^\d{8}T/u.test(name)) ?? ''), join(sets, '20200101T000000Z'))
    const objects = `db: { postgresql: { databases: [x] }, environment: { PATH: "${folder}/bin:/usr/bin:/bin" } }, gone: { exec: [/no/such/program] }`
    configure(NIGHTLY.replace('one: { exec: [echo, one] }', objects))
    const { status, stdout } = run('check', '--timeout', SHORT)
    assert.equal(status, 2)
    assert.match(stdout, /^HOLDFAST CRITICAL - nightly: the last set of "nightly" on "local" is \d+ d .*, more than [^;]+; requirements: /u)
    assert.match(stdout, /; requirements: could not start "\/no\/such\/program": file not found \(task "nightly"\); /u)
    assert.match(stdout, /; object "db\/x\.sql\S*": (?:no answer in time|"psql" exceeded the time limit .*) \(task "nightly"\)/u)
    assert.deepEqual(alive(`sleep ${NAP}3`), [])
  })

  it('does not wait for a storage on a dead mount', { skip: cannotMountDead() }, (t) => {
    const { run, configure, folder } = open(t)
    configure(NIGHTLY)
    const mount = mountDead(join(folder, 'root'))
    try {
      const { status, stdout } = run('check', '--timeout', SHORT)
      assert.equal(status, 3)
      assert.match(
        stdout,
        /^HOLDFAST UNKNOWN - room: no answer from the file system of ".*\/root"; nightly: .*no answer from.*; runs: no runs are recorded\n$/u,
      )
    } finally {
      mount.end()
    }
  })

  it('ends its plugins when it is stopped', async (t) => {
    const { configure, folder, env } = open(t)
    configure(`  slow: { exec: { shell: "touch ${folder}/began; sleep ${NAP}2" } }\n${NIGHTLY}`)
    const child = spawn(holdfast, ['-f', join(folder, 'holdfast.yaml'), 'check', 'slow', '--timeout', '10m'], { env, stdio: 'ignore' })
    await until(() => existsSync(join(folder, 'began')))
    child.kill('SIGTERM')
    const [code, signal] = await once(child, 'exit')
    assert.deepEqual([code, signal], [null, 'SIGTERM'])
    assert.deepEqual(alive(`sleep ${NAP}2`), [])
  })

  it('understands a configuration of PALHM, where ages have no limits', (t) => {
    const { folder, env } = open(t)
    const objects = [{ path: 'a', pipeline: [{ type: 'exec-inline', argv: ['/bin/echo', 'a'] }] }]
    const task = { id: 'default', type: 'backup', backend: 'localfs', 'backend-param': { root: join(folder, 'root') }, objects }
    const file = join(folder, 'palhm.json')
    writeFileSync(file, JSON.stringify({ tasks: [task] }))
    const start = (...args: string[]) => spawnSync(holdfast, ['-f', file, ...args], { env, encoding: 'utf8' })
    assert.match(start('check', 'default', '--timeout', '10m').stdout, /^HOLDFAST CRITICAL - default: no complete set of "default" on/u)
    start('-q', 'run')
    const { status, stdout } = start('check', 'default', '--timeout', '10m')
    assert.deepEqual([status, /^HOLDFAST OK - 2 checks, all OK\|/u.test(stdout)], [0, true], stdout)
  })
})

describe('a step that checks', () => {
  const task = (...steps: readonly string[]) => `tasks:\n  t:\n    steps:\n${steps.map((step) => `      - ${step}\n`).join('')}`

  it('lets the task go on when it is good, and notes a warning', (t) => {
    const { run, configure } = open(t)
    configure(
      task(`check: { disk-space: ${NO_SPACE_LIMITS} }`, 'check: { name: w, exec: { shell: "echo look at this; exit 1" } }', 'exec: [echo, after]'),
    )
    const { status, stdout, stderr } = run('run')
    assert.deepEqual([status, stdout], [0, 'after\n'])
    assert.match(stderr, /^t: ok: .* free on "\/"$/mu)
    assert.match(stderr, /^t: note: look at this$/mu)
    assert.equal(run('-q', 'run', '--strict').status, 3)
    assert.deepEqual([run('-q', 'run').stderr, run('runs', '--json').stdout.includes('"look at this"')], ['', true])
  })

  it('ends the task when it is bad, and when it is unknown, with the reason and what to do', (t) => {
    for (const [check, message, hint] of [
      ['{ exec: { shell: "echo it is bad; exit 2" } }', /^error: it is bad$/mu, /hint: See the documentation of "sh"/u],
      ['{ exec: { shell: "echo who knows; exit 3" } }', /^error: who knows$/mu, /hint:/u],
      ['{ disk-space: { paths: [/], warn: 100%, fail: 100% } }', /^error: only .* free on "\/", less than/mu, /hint: Free some space on "\/"\./u],
      [`{ exec: { shell: "sleep ${NAP}3" }, timeout: 300ms }`, /^error: timed out after 0\.3 s$/mu, /hint: Check what it waits for/u],
    ] as const) {
      const { run, configure } = open(t)
      configure(task(`check: ${check}`, 'exec: [echo, after]'))
      const { status, stdout, stderr } = run('-q', 'run')
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, message)
      assert.match(stderr, hint)
      assert.match(stderr, /where: task "t", step 1 of 2/u)
    }
    assert.deepEqual(alive(`sleep ${NAP}3`), [])
  })

  it('emits its result as an event, and in the log', (t) => {
    const { run, configure } = open(t)
    configure(task(`check: { name: n, exec: { shell: "echo 'told|x=1s'; exit 0" } }`))
    const events = run('run', '--json')
      .stdout.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { time: _, ...event } = events.find(({ kind }) => kind === 'check-ended')
    const facts = [{ label: 'x', value: 1, unit: 's' }]
    assert.deepEqual(event, { kind: 'check-ended', task: 't', check: 'exec', name: 'n', status: 'ok', reason: 'told', facts })
    assert.match(run('log').stdout, /t: ok: told/u)
  })

  it('is shown, and reported before a run, where its program is missing', (t) => {
    const { run, configure } = open(t)
    configure(
      `  gone: { exec: [/no/such/plugin] }\n${task('check: { name: n, exec: [/no/such/other] }', 'check: { dnssec: { names: [example.org] } }')}`,
    )
    assert.match(
      run('config', 'show').stdout,
      /n: check with \/no\/such\/other\n.*check DNSSEC of example\.org \(A\).*checks:\n.*gone: check with \/no\/such\/plugin/su,
    )
    const preview = run('run', '--dry-run')
    assert.equal(preview.status, 1)
    assert.match(preview.stdout, /would run step 1 of 2: check with \/no\/such\/other\n.*would fail:.* could not start "\/no\/such\/other"/u)
    const told = run('config', 'check').stdout
    assert.match(told, /could not start "\/no\/such\/other": file not found \(task "t"\)/u)
    assert.match(told, /could not start "\/no\/such\/plugin": file not found \(check "gone"\)/u)
  })
})
