import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { backup, check, config, inline, pointer, routine, sh, type Use } from './configs.ts'
import { type Ended, openPlace, type Place } from './place.ts'

const chatty = (name: string, keys: Readonly<Record<string, unknown>> = {}): Use => sh(`echo ${name}; echo ${name} >&2`, keys)

interface Shown {
  readonly stdout: string
  /** What the children said there; our own lines left out. */
  readonly stderr: string
}

/** The words that the children of a routine task showed. */
async function shown(
  t: TestContext,
  steps: readonly Use[],
  { keys = {}, options = ['-q'] }: { readonly keys?: object; readonly options?: readonly string[] } = {},
): Promise<Shown> {
  const place = openPlace(t)
  const file = place.write('c.json', config([routine('default', ...steps)], { ...keys }))
  const { code, stdout, stderr } = await place.start([...options, '-f', file, 'run'])
  assert.equal(code, 0, stderr)
  const words = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^\w+$/u.test(line))
      .join(' ')
  return { stdout: words(stdout), stderr: words(stderr) }
}

describe('what a PALHM configuration shows', { concurrency: 4 }, () => {
  it('is empty for a successful backup with -q, regardless of the output of its programs', async (t) => {
    const place = openPlace(t)
    const noisy = sh('echo noise >&2; cat; echo noise >&2', { 'vl-stdout': 1 })
    const file = place.write(
      'c.json',
      config([backup('root', { o: [sh('echo x; echo noise >&2'), noisy] }, { 'nb-copy-limit': 1, unknown: 1 }), check({ c: [noisy] })], {
        unknown: { a: 1 },
      }),
    )
    for (const task of ['backup', 'backup', 'check'])
      assert.deepEqual(await place.start(['-q', '-f', file, 'run', task]), { code: 0, signal: null, stdout: '', stderr: '' })
  })

  it('is nothing under -q without a state folder that can be written', async (t) => {
    const place = openPlace(t)
    const state = place.write('state', 'a file in the way')
    const file = place.write('c.json', config([backup('root', { o: [inline(['/bin/echo', 'x'])] })]))
    assert.deepEqual(await place.start(['-q', '-f', file, 'run', 'backup'], { env: { HOLDFAST_STATE: state } }), {
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    })
  })

  it('is more with every -v, and less with -q', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([backup('root', { o: [sh('echo x; echo noise >&2')] }, { 'nb-copy-limit': 1 }), routine('default', pointer('backup'))]),
    )
    const lines = async (...options: readonly string[]) => {
      const { code, stdout, stderr } = await place.start([...options, '-f', file, 'run'])
      assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
      return stderr.split('\n').length
    }
    const [quiet, usual, more, most] = [await lines('-q'), await lines(), await lines('-v'), await lines('-vv')]
    assert.equal(quiet, 1)
    assert.ok(usual > quiet && more > usual && most >= more, `${quiet} ${usual} ${more} ${most}`)
  })

  it('follows vl for our own messages, five included', async (t) => {
    const place = openPlace(t)
    const lines: number[] = []
    for (const vl of [0, 2, 3, 4, 5, 6]) {
      const file = place.write('c.json', config([routine('default', inline(['/bin/true']))], { vl }))
      lines.push((await place.start(['-f', file, 'run'])).stderr.split('\n').length - 1)
    }
    assert.deepEqual(lines.slice(0, 2), [0, 0])
    assert.ok((lines[2] ?? 0) > 0)
    assert.deepEqual(
      lines,
      lines.toSorted((a, b) => a - b),
    )
  })

  it('is the stdout of steps, at every verbosity', async (t) => {
    for (const vl of [0, 5]) assert.equal((await shown(t, [chatty('a')], { keys: { vl } })).stdout, 'a', `vl ${vl}`)
    assert.equal((await shown(t, [chatty('a')], { options: ['-v'] })).stdout, 'a')
  })

  it('is the stderr of steps that succeed from -v or vl 4 on', async (t) => {
    assert.equal((await shown(t, [chatty('a')], { options: [] })).stderr, '')
    assert.equal((await shown(t, [chatty('a')], { options: ['-v'] })).stderr, 'a')
    assert.equal((await shown(t, [chatty('a')], { options: [], keys: { vl: 4 } })).stderr, 'a')
    assert.equal((await shown(t, [chatty('a')], { options: [], keys: { vl: 1 } })).stderr, '')
  })

  it('uses the documented scale up to nine, and raw levels above', async (t) => {
    const steps = [1, 2, 3, 4, 9, 10, 20, 21, 30, 40, 50].map((level) => chatty(`n${level}`, { 'vl-stdout': level, 'vl-stderr': level }))
    const wanted = { 1: 'n1 n10 n20 n21 n30 n40', 2: 'n1 n2 n10 n20 n21 n30', 3: 'n1 n2 n3 n10 n20', 4: 'n1 n2 n3 n4 n10' }
    for (const [vl, words] of Object.entries(wanted))
      assert.deepEqual(await shown(t, steps, { keys: { vl: Number(vl) } }), { stdout: words, stderr: words })
  })

  it('is decided per use of a shared definition', async (t) => {
    const execs = [{ id: 'say', argv: ['/bin/echo', 'word'] }]
    const use = (level?: number): Use => ({ type: 'exec', 'exec-id': 'say', ...(level && { 'vl-stdout': level }) })
    assert.equal((await shown(t, [use(), use(100), use(), use(5), use(3)], { keys: { execs } })).stdout, 'word word word')
  })

  it("is one block for a failure: error, location, and the program's output", async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('root', { 'db/dump.sql': [sh('echo "cannot connect" >&2; exit 3'), inline(['/bin/cat'])] })]))
    for (const options of [['-q'], ['-vv']]) {
      const { code, stdout, stderr } = await place.start([...options, '-f', file, 'run', 'backup'])
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
      for (const word of [/backup/u, /db\/dump\.sql/u, /exit code 3/u, /cannot connect/u, /\/bin\/sh/u]) assert.match(stderr, word)
      assert.doesNotMatch(stderr, /\.ts|node:|^\s+at /mu)
    }
  })

  it('never is a value of env: not in messages, files, or any other process', async (t) => {
    const place = openPlace(t)
    const env = { PASSWORD: 'CANARY-1', 'ODD NAME': 'CANARY-2' }
    const execs = [{ id: 'dump', argv: ['/bin/sh', '-c'], env }]
    const use = (script: string): Use => ({ type: 'exec-append', 'exec-id': 'dump', argv: [script], env: { MORE: 'CANARY-3' } })
    const tasks = [
      {
        ...backup('root', { o: [use('sleep 0.4; echo x; echo "$PASSWORD" | wc -c >&2'), inline(['/bin/cat'])] }, { 'nb-copy-limit': 1 }),
        id: 'good',
      },
      { ...backup('root', { o: [inline(['/bin/echo', 'x']), use('exit 3')] }), id: 'bad' },
      { ...backup('root', { o: [{ ...inline(['/no/such/program']), env }] }), id: 'absent' },
      routine('step', use('exit 4')),
    ]
    const file = place.write('c.json', config(tasks, { execs }))
    const seen: string[] = []
    for (const task of ['good', 'bad', 'absent', 'step']) {
      for (const options of [['-q'], ['-vv']]) {
        const ended = await place.start([...options, '-f', file, 'run', task], {
          meanwhile: async (pid) => void seen.push(...(await sampleProcesses(place, pid))),
        })
        assert.equal(ended.code, task === 'good' ? 0 : 1)
        assertNoCanary(ended)
      }
    }
    for (const args of [
      ['config'],
      ['config', 'check'],
      ['config', 'show'],
      ['run', 'good', '--dry-run'],
      ['run', 'good', '--json'],
      ['sets', 'good'],
      ['verify', 'good'],
    ]) {
      assertNoCanary(await place.start(['-f', file, ...args], { as: 'holdfast' }))
    }
    assert.equal(spawnSync('grep', ['-rl', 'CANARY', 'root', '../state'], { cwd: place.run, encoding: 'utf8' }).stdout, '')
    // The shell's own children have what it was given: they are the stage too. Its neighbours are cat, and the writer.
    assert.deepEqual(new Set(seen.filter((name) => name !== 'wc')), new Set(['sh', 'sleep']))
  })
})

function assertNoCanary({ stdout, stderr }: Ended): void {
  assert.doesNotMatch(stdout + stderr, /CANARY/u)
}

/** As long as a process lives: which programs of a place have the canary in their environment, or anywhere in a command line. */
async function sampleProcesses(place: Place, runPid: number): Promise<readonly string[]> {
  const found: string[] = []
  while (existsSync(`/proc/${runPid}`)) {
    for (const { pid, text } of place.processes()) {
      if (text.includes('CANARY')) found.push(`command line: ${text}`)
      if (readProc(pid, 'environ').includes('CANARY')) found.push(readProc(pid, 'comm').trim())
    }
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  return found
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
