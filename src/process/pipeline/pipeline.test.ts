import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import { scaledMs, until } from '../../../test/support/time-limits.ts'
import type { Command } from '../../plan/command.ts'
import { readProcessTable } from '../identity/process-table.ts'
import { openProcesses } from '../open-processes.ts'
import { ProcessError } from '../process-result.ts'
import { DEFAULT_LIMITS, type Limits, type PipelineCall, type Processes } from '../processes.ts'

const QUICK: Limits = { ...DEFAULT_LIMITS, graceMs: 300, lingerMs: 300 }
const SIZE = 3_000_000

let folder: string
let processes: Processes
let count = 0

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-'))
  processes = openProcesses({ runId: `test-${process.pid}` })
})

after(async () => {
  await processes.close()
  rmSync(folder, { recursive: true })
})

function call(limits: Partial<Limits> = {}, signal = new AbortController().signal): PipelineCall {
  return { signal, limits: { ...QUICK, ...limits } }
}

async function toFile(commands: readonly Command[], pipelineCall = call()): Promise<{ bytes: Buffer; notes: readonly string[] }> {
  const path = join(folder, String(count++))
  const fd = openSync(path, 'wx+')
  try {
    const { done } = await processes.startPipeline(commands, { kind: 'file', fd }, pipelineCall)
    const { notes } = await done
    return { bytes: readFileSync(path), notes }
  } finally {
    closeSync(fd)
  }
}

/** The names of the processes of a pipeline that may write its file itself. */
async function startedFor(last: Command): Promise<readonly string[]> {
  const path = join(folder, String(count++))
  const fd = openSync(path, 'wx+')
  const names: string[] = []
  const onProcesses = (records: readonly object[]) => {
    for (const record of records) names.push(String((record as { readonly program?: string }).program))
  }
  try {
    const sink = { kind: 'file', fd, mayBeDirect: true } as const
    const { done } = await processes.startPipeline([command(['echo', 'x']), last], sink, { ...call(), onProcesses })
    await done
    assert.equal(readFileSync(path, 'utf8'), 'x\n')
    return names
  } finally {
    closeSync(fd)
  }
}

async function toStream(commands: readonly Command[]): Promise<Buffer> {
  const { output, done } = await processes.startPipeline(commands, { kind: 'stream' }, call())
  const chunks: Buffer[] = []
  try {
    for await (const chunk of output ?? []) chunks.push(chunk as Buffer)
  } finally {
    await done
  }
  return Buffer.concat(chunks)
}

async function failure(promise: Promise<unknown>): Promise<ProcessError> {
  const error = await promise.then(
    () => undefined,
    (it: unknown) => it,
  )
  assert.ok(error instanceof ProcessError, `a ProcessError was expected, not ${String(error)}`)
  return error
}

/** Living processes that have this word among their arguments. */
function alive(word: string): number {
  return readProcessTable().filter((stat) => {
    try {
      return readFileSync(`/proc/${stat.pid}/cmdline`, 'latin1').split('\0').includes(word)
    } catch {
      return false
    }
  }).length
}

describe('a pipeline that ends well', () => {
  it('hands the bytes of the last stage to the file', async () => {
    assert.equal((await toFile([command(['/bin/echo', 'hello'])])).bytes.toString(), 'hello\n')
    assert.equal((await toFile([command(['/bin/echo', 'abc']), command(['/bin/tr', 'a-c', 'x-z'])])).bytes.toString(), 'xyz\n')
  })

  it('hands them over as a stream too', async () => {
    assert.equal((await toStream([shell(`head -c ${SIZE} /dev/zero`), command(['/bin/cat'])])).length, SIZE)
  })

  it('makes an empty object of no stage at all', async () => {
    assert.equal((await toFile([])).bytes.length, 0)
    assert.equal((await toStream([])).length, 0)
  })

  it('joins fifty stages', async () => {
    const cats = Array.from({ length: 49 }, () => command(['/bin/cat']))
    assert.equal((await toFile([shell(`head -c ${SIZE} /dev/zero`), ...cats])).bytes.length, SIZE)
  })

  it('gives every stage a pipe, which it may open again by name', async () => {
    assert.equal((await toFile([shell('echo A; echo B >/dev/stdout; echo C')])).bytes.toString(), 'A\nB\nC\n')
    assert.equal((await toFile([shell('echo A; echo B >/dev/stderr; test -p /dev/stdout && echo pipe')])).bytes.toString(), 'A\npipe\n')
  })

  it('lets a filter write the file itself, unless another user runs it, and no other program', async () => {
    const same = command(['tr', 'a', 'a'])
    assert.deepEqual(await startedFor({ ...same, isFilter: true }), ['echo', 'tr'])
    assert.deepEqual(await startedFor(same), ['echo', 'tr', 'cat'])
    assert.deepEqual(await startedFor(command(['cat'])), ['echo', 'cat'])
    if (process.getuid?.() === 0) assert.deepEqual((await startedFor({ ...same, isFilter: true, user: 'root' })).at(-1), 'cat')
  })

  it('gives the first stage an empty stdin and every stage exactly its environment', async () => {
    assert.equal((await toFile([command(['/bin/cat'])])).bytes.length, 0)
    assert.equal((await toFile([command(['/usr/bin/env'])])).bytes.toString(), '')
    const named = command(['/usr/bin/env'], { environment: { kind: 'exactly', values: { A: '1', B: 'x y' } } })
    assert.equal((await toFile([named])).bytes.toString(), 'A=1\nB=x y\n')
  })

  it('hands down no descriptor but 0, 1 and 2', async () => {
    const listed = (await toFile([command(['/bin/ls', '/proc/self/fd'])])).bytes.toString()
    // What the runner of the tests has left open above is named by no launcher here.
    assert.deepEqual(
      listed.split('\n').filter((fd) => fd !== '' && Number(fd) < 100),
      ['0', '1', '2', '3'],
    )
  })
})

describe('an early reader with an accepted code', () => {
  it('does not hurt a writer with up to 1 MiB left', async () => {
    assert.equal((await toFile([command(['/usr/bin/seq', '1', '5000']), command(['/usr/bin/head', '-n1'])])).bytes.toString(), '1\n')
    assert.equal((await toFile([shell('echo a; sleep 0.3; seq 1 50000'), command(['/usr/bin/head', '-n1'])])).bytes.toString(), 'a\n')
  })

  it('ends an endless writer', async () => {
    assert.equal((await toFile([command(['/usr/bin/yes']), command(['/usr/bin/head', '-n1'])])).bytes.toString(), 'y\n')
    assert.equal((await toFile([command(['/usr/bin/yes']), command(['/bin/cat']), command(['/usr/bin/head', '-n1'])])).bytes.toString(), 'y\n')
  })

  it('ends an endless writer that a shell waits for', async () => {
    assert.equal((await toFile([shell('seq 1 5000000; exit $?'), command(['/usr/bin/head', '-n1'])])).bytes.toString(), '1\n')
    assert.match((await failure(toFile([shell('exit 141'), command(['/bin/cat'])]))).message, /exit code 141/u)
  })

  it('is named when the writer takes it for an error', async () => {
    const error = await failure(
      toFile([
        shell('trap "" PIPE; head -c 5000000 /dev/zero || { echo "write error: Broken pipe" >&2; exit 3; }'),
        command(['/usr/bin/head', '-c1']),
      ]),
    )
    assert.match(error.message, /^sh failed \(exit code 3\)/u)
    assert.match(error.hint ?? '', /"head" stopped reading/u)
  })
})

describe('a pipeline that fails', () => {
  it('contains the failed stage and its message, at any position in the pipeline', async () => {
    for (let size = 1; size <= 5; size++) {
      for (let bad = 0; bad < size; bad++) {
        const stages = Array.from({ length: size }, (_, index) => {
          if (index === bad) return shell('head -c 1000 >/dev/null; echo "I broke" >&2; exit 7')
          return index === 0 ? shell(`head -c ${SIZE} /dev/zero`) : command(['/bin/cat'])
        })
        const error = await failure(toFile(stages))
        assert.equal(error.code, 'process/failed')
        assert.match(error.message, /^sh failed \(exit code 7\)/u)
        assert.equal(error.stderrTail, 'I broke\n')
      }
    }
  })

  it('breaks the stream before its end, so that it is not treated as complete', async () => {
    assert.match((await failure(toStream([shell('echo part; exit 3'), command(['/bin/cat'])]))).message, /exit code 3/u)
  })

  it('never accepts a death by signal', async () => {
    const error = await failure(toFile([shell('kill -TERM $$', { min: 0, max: 255 })]))
    assert.match(error.message, /killed by SIGTERM/u)
  })

  it('does not start anything when a later program is missing', async () => {
    const error = await failure(toFile([shell(`echo started >${folder}/started`), command(['/no/such/program'])]))
    assert.equal(error.code, 'process/not-started')
    assert.match(error.message, /"\/no\/such\/program": file not found/u)
    assert.equal(readdirSync(folder).includes('started'), false)
  })

  it('reports why the file could not be written', async () => {
    const fd = openSync('/dev/full', 'w')
    const { done } = await processes.startPipeline([shell(`head -c ${SIZE} /dev/zero`)], { kind: 'file', fd }, call())
    const error = await failure(done)
    closeSync(fd)
    assert.equal(error.code, 'process/sink')
    assert.equal(error.message, 'could not write the object: No space left on device')
  })

  it('keeps only the last 8 KiB of a flood of errors', async () => {
    const error = await failure(toFile([shell('head -c 5000000 /dev/zero | tr "\\0" e >&2; echo last >&2; exit 1')]))
    assert.equal(error.stderrTail.length, 8192)
    assert.ok(error.stderrTail.endsWith('elast\n'))
  })
})

describe('the whole tree', () => {
  const TREES = {
    'a child': (word: string) => `sleep ${word} & `,
    'a child that ignores TERM': (word: string) => `(trap "" TERM; exec sleep ${word}) & `,
    'a session of its own': (word: string) => `setsid sleep ${word} & `,
    'a double fork': (word: string) => `(setsid sh -c 'sleep ${word} & sleep ${word}' & ) ; `,
    'a double fork with an empty environment': (word: string) => `(env -i setsid sleep ${word} &) ; `,
    'a stopped child': (word: string) => `sleep ${word} & kill -STOP $! ; `,
  }
  let seconds = 7_770_000

  for (const [name, script] of Object.entries(TREES)) {
    it(`is ended after a failure: ${name}`, async () => {
      const word = String(seconds++)
      await failure(toFile([shell(`${script(word)} exit 5`), command(['/bin/cat'])]))
      assert.equal(alive(word), 0)
    })

    it(`is ended by a stop: ${name}`, async () => {
      const word = String(seconds++)
      const stop = new AbortController()
      const running = toFile([shell(`${script(word)} echo go; sleep ${word}`), command(['/bin/cat'])], call({}, stop.signal))
      await until(() => alive(word) > 0)
      stop.abort()
      assert.equal((await failure(running)).code, 'process/aborted')
      assert.equal(alive(word), 0)
    })

    it(`is ended after a success, and noted: ${name}`, async () => {
      const word = String(seconds++)
      const { bytes, notes } = await toFile([shell(`${script(word)} echo done`), command(['/bin/cat'])])
      assert.equal(bytes.toString(), 'done\n')
      assert.match(notes.join(), /background process/u)
      assert.equal(alive(word), 0)
    })
  }

  it('may finish in the background while it works', async () => {
    const patient = call({ lingerMs: scaledMs(60_000) })
    assert.equal((await toFile([shell('(sleep 0.1; echo late) & echo early')], patient)).bytes.toString(), 'early\nlate\n')
  })
})

describe('limits', () => {
  it('end a pipeline that does not move', async () => {
    const error = await failure(toFile([command(['/bin/sleep', '7760001']), command(['/bin/cat'])], call({ stallMs: 400 })))
    assert.equal(error.code, 'process/stalled')
    assert.equal(alive('7760001'), 0)
  })

  it('leave alone one that uses the CPU or moves bytes', async () => {
    const busy = shell('end=$(($(date +%s) + 6)); while [ "$(date +%s)" -lt "$end" ]; do :; done')
    const moving = shell('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.5; done')
    await Promise.all([busy, moving].map((it) => toFile([it], call({ stallMs: 3000 }))))
  })

  it('end one that runs too long', async () => {
    const error = await failure(toFile([shell('while :; do :; done')], call({ runMs: 300 })))
    assert.equal(error.code, 'process/too-long')
  })
})
