import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openPlace, type Start } from './palhm/place.ts'
import { until } from './support/time-limits.ts'

const sh = (script: string, env: Readonly<Record<string, string>> = {}) => ({ type: 'exec-inline', argv: ['/bin/sh', '-c', script], env })
const routine = (id: string, ...scripts: string[]) => ({ id, type: 'routine', routine: scripts.map((script) => sh(script)) })
const backup = (id: string, objects: Readonly<Record<string, string>>) => ({
  id,
  type: 'backup',
  backend: 'localfs',
  'backend-param': { root: id, 'nb-copy-limit': 1 },
  objects: Object.entries(objects).map(([path, script]) => ({ path, pipeline: [sh(script), { type: 'exec-inline', argv: ['/bin/cat'] }] })),
})

function open(t: TestContext) {
  const place = openPlace(t)
  const config = place.write('plan.json', {
    'nb-workers': 2,
    tasks: [
      routine('default', 'true'),
      routine('fail', 'true', 'echo why >&2; exit 3'),
      routine('daemon', 'sleep 61 >/dev/null 2>&1 &'),
      routine('long', 'sleep 61'),
      { id: 'secret', type: 'routine', routine: [sh('echo "said $TOKEN" >&2; exit 9', { TOKEN: 'hushhush' })] },
      backup('good', { a: 'echo a; echo chatty >&2', 'd/b': 'echo b' }),
      backup('broken', { a: 'sleep 0.2; echo said >&2; exit 4', b: 'sleep 61' }),
    ],
  })
  const state = join(place.top, 'state')
  const start = (args: readonly string[], how: Start = {}) => place.start(args, { as: 'holdfast', ...how })
  const run = (task: string, how?: Start) => start(['-q', '-f', config, 'run', task], how)
  const show = async (...args: string[]) => JSON.parse((await start(['show', '--json', ...args])).stdout)
  return { place, config, state, start, run, show, journal: join(state, 'journal.db') }
}

describe('the journal on the command line', { concurrency: 4 }, () => {
  it('has every run, with how it ended', async (t) => {
    const { start, run } = open(t)
    for (const task of ['default', 'fail', 'daemon']) await run(task)
    const { code, stdout, stderr } = await start(['runs'])
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(
      stdout,
      /^ {2}run +task +state +began \(UTC\) +took *\n(?:.* default +ok .*\n)(?:.* fail +failed .* sh failed \(exit code 3\).*\n)(?:.* daemon +warnings .* 1 note\n)$/u,
    )
    const listed = async (...args: string[]) =>
      (await start(['runs', '--json', ...args])).stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    assert.deepEqual(
      (await listed()).map(({ task, state, exitCode, startedBy, dialect }) => [task, state, exitCode, startedBy, dialect]),
      [
        ['default', 'ok', 0, 'background', 'palhm'],
        ['fail', 'failed', 1, 'background', 'palhm'],
        ['daemon', 'warnings', 0, 'background', 'palhm'],
      ],
    )
    assert.deepEqual(
      (await listed('--failed')).map(({ task }) => task),
      ['fail'],
    )
    assert.deepEqual(
      (await listed('default')).map(({ task }) => task),
      ['default'],
    )
    assert.deepEqual(
      (await listed('--limit', '2')).map(({ task }) => task),
      ['fail', 'daemon'],
    )
    assert.equal((await start(['runs', 'nightly'])).stdout, 'no runs\n')
  })

  it("shows the results of a backup, and a program's output", async (t) => {
    const { start, run, show } = open(t)
    await run('good')
    await run('good')
    const { state, steps, sets } = await show()
    assert.deepEqual([state, steps.length, steps[0].status], ['ok', 1, 'ok'])
    assert.deepEqual(steps[0].objects.map((it: Record<string, unknown>) => [it['path'], it['status'], it['bytes']]).toSorted(), [
      ['a', 'ok', 2],
      ['d/b', 'ok', 2],
    ])
    const [object] = steps[0].objects.filter(({ path }: { path: string }) => path === 'a')
    assert.deepEqual(
      object.stages.map((it: Record<string, unknown>) => [it['program'], it['exitCode'], it['stderr']]),
      [
        ['sh', 0, 'chatty\n'],
        ['cat', 0, ''],
      ],
    )
    assert.match(object.sha256, /^[0-9a-f]{64}$/u)
    assert.deepEqual(
      sets.map(({ fate }: { fate: string }) => fate),
      ['published', 'expired'],
    )
    const { stdout } = await start(['show', '-v'])
    assert.match(stdout, /^run \S+ of the task "good": ok \(exit code 0\) after /u)
    assert.match(stdout, /^ {2}"a": ok, .* 2 B\n {4}sha256 [0-9a-f]{64}\n {4}sh: exit code 0, .*\n {6}stderr:\n {8}chatty$/mu)
    assert.match(stdout, /^ {2}published \S+ on \S+\/good: 4 B\n {2}expired \S+ on \S+\/good$/mu)
  })

  it('shows what failed, where, and with which words', async (t) => {
    const { start, run, show } = open(t)
    await run('broken')
    const { state, error, steps } = await show()
    assert.deepEqual([state, error.code, error.stderr], ['failed', 'process/failed', 'said\n'])
    assert.deepEqual(
      steps[0].objects.map((it: { path: string; status: string; stages: readonly { exitCode?: number }[] }) => [
        it.path,
        it.status,
        it.stages[0]?.exitCode,
      ]),
      [
        ['a', 'failed', 4],
        ['b', 'stopped', undefined],
      ],
    )
    const { stdout } = await start(['show', 'latest'])
    assert.match(
      stdout,
      /^error: sh failed \(exit code 4\).*\n(?: {2}command: .*\n)? {2}stderr:\n {4}said\nstep 1, broken: .*: failed, .*\n {2}"a": failed, .*\n {4}sh: exit code 4, /mu,
    )
    await run('fail')
    assert.deepEqual(
      (await show()).steps.map((it: { status: string; stages: readonly { exitCode: number }[] }) => [
        it.status,
        it.stages.map(({ exitCode }) => exitCode),
      ]),
      [
        ['ok', [0]],
        ['failed', [3]],
      ],
    )
  })

  it('prints the output of a run, and its failure', async (t) => {
    const { start, run } = open(t)
    const told = await run('broken')
    const { stdout } = await start(['log'])
    assert.match(stdout, /^\S+Z broken: step 1 of 1: back up 2 objects to "broken"$/mu)
    assert.ok(stdout.endsWith(told.stderr), stdout)
    assert.doesNotMatch(stdout, /made|^said$/mu)
    assert.match((await start(['-v', 'log'])).stdout, /^said$/mu)
    assert.equal((await start(['-q', 'log'])).stdout.replace(/^\S+Z /u, ''), told.stderr)
  })

  it('distinguishes a killed run from a running one', async (t) => {
    const { place, start, run, show } = open(t)
    await run('long', {
      meanwhile: async (pid) => {
        await until(() => place.leftOver().some((text) => text.startsWith('sleep 61')))
        for (let seen = await show(); seen.steps.length === 0; seen = await show()) assert.equal(seen.state, 'running')
        process.kill(pid, 'SIGKILL')
      },
    })
    const { state, steps, ended } = await show()
    assert.deepEqual([state, steps.length, steps[0].status, ended], ['killed', 1, undefined, undefined])
    assert.match((await start(['show'])).stdout, /: killed\n[\s\S]*^step 1, long: .*: did not finish$/mu)
    assert.equal((await start(['runs', '--failed'])).stdout.split('\n').length, 3)
  })

  it('distinguishes a stopped run from a failed one', async (t) => {
    const { place, run, show } = open(t)
    await run('long', {
      meanwhile: async (pid) => {
        await until(() => place.leftOver().some((text) => text.startsWith('sleep 61')))
        process.kill(pid, 'SIGTERM')
      },
    })
    const { state, signal, steps } = await show()
    assert.deepEqual([state, signal, steps[0].status], ['interrupted', 'SIGTERM', 'stopped'])
  })

  it('holds no value of an environment', async (t) => {
    const { run, show, state } = open(t)
    await run('secret')
    const { steps } = await show()
    assert.match(steps[0].text, /^TOKEN=… /u)
    assert.equal(steps[0].stages[0].stderr, 'said …\n')
    for (const name of readdirSync(state).filter((it) => it.startsWith('journal'))) {
      assert.doesNotMatch(readFileSync(join(state, name), 'latin1'), /hushhush/u, name)
    }
  })

  it('does not affect runs if it cannot be written, and is silent with -q', async (t) => {
    const { start, config, journal, run } = open(t)
    const lost = { env: { HOLDFAST_STATE: '/proc/nowhere' } }
    const loud = await start(['-f', config, 'run'], lost)
    assert.deepEqual([loud.code, loud.stderr.match(/^note: not recorded: .*ENOENT$/gmu)?.length], [0, 1])
    assert.deepEqual(await start(['-q', '-f', config, 'run'], lost), { code: 0, signal: null, stdout: '', stderr: '' })
    await run('default')
    writeFileSync(journal, 'not any more')
    assert.deepEqual(await run('default'), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.ok(readdirSync(join(journal, '..')).some((name) => name.startsWith('journal.db.damaged-')))
  })

  it('remembers what verifying found, and is not made by looking at it', async (t) => {
    const { start, config, run, journal } = open(t)
    assert.equal((await start(['runs'])).stdout, 'no runs\n')
    assert.equal(existsSync(journal), false)
    const none = await start(['show'])
    assert.deepEqual([none.code, none.stdout], [1, ''])
    assert.match(none.stderr, /^error: no runs are recorded\n/u)
    await run('good')
    await start(['-f', config, 'verify', 'good'])
    assert.match(readFileSync(journal, 'latin1'), /verify/u)
    assert.match((await start(['runs', '--limit', '0'])).stderr, /^error: invalid number of runs "0"\n/u)
    assert.equal((await start(['runs', '--limit', '0'])).code, 2)
  })
})
