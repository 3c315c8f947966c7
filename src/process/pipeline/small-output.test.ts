import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import { scaledMs, until } from '../../../test/support/time-limits.ts'
import type { Command } from '../../plan/command.ts'
import { readProcessTable } from '../identity/process-table.ts'
import { openProcesses } from '../open-processes.ts'
import type { ProcessError } from '../process-result.ts'
import { DEFAULT_LIMITS, type FileSink, type Limits, type PipelineCall, type Processes } from '../processes.ts'

const PIPE_BYTES = 64 * 1024
const QUICK: Limits = { ...DEFAULT_LIMITS, graceMs: 300, lingerMs: 300 }

let folder: string
let processes: Processes
let count = 0

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'small-output-'))
  processes = openProcesses({ runId: `test-${process.pid}` })
})

after(async () => {
  await processes.close()
  rmSync(folder, { recursive: true })
})

interface Made {
  readonly bytes: Buffer
  /** The names of the processes that were started. */
  readonly programs: readonly string[]
  readonly notes: readonly string[]
}

interface Making {
  readonly limits?: Partial<Limits>
  readonly signal?: AbortSignal
  readonly sink?: Partial<FileSink>
  readonly check?: NonNullable<PipelineCall['check']>
}

async function make(commands: readonly Command[], { limits, signal = new AbortController().signal, sink, check }: Making = {}): Promise<Made> {
  const path = join(folder, String(count++))
  const file = await open(path, 'wx+')
  const programs: string[] = []
  const onProcesses = (records: readonly object[]) => {
    for (const record of records) programs.push(String((record as { readonly program?: string }).program))
  }
  try {
    const { done } = await processes.startPipeline(
      commands,
      { kind: 'file', fd: file.fd, write: writeTo(file), ...sink },
      { signal, limits: { ...QUICK, ...limits }, onProcesses, ...(check && { check }) },
    )
    const { notes } = await done
    return { bytes: readFileSync(path), programs, notes }
  } finally {
    await file.close()
  }
}

function writeTo(file: FileHandle): NonNullable<FileSink['write']> {
  return (data) => file.writeFile(data)
}

async function failure(promise: Promise<unknown>): Promise<ProcessError> {
  const error = await promise.then(
    () => undefined,
    (it: unknown) => it,
  )
  assert.ok(error instanceof Error)
  return error as ProcessError
}

function alive(word: string): number {
  return readProcessTable().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(word)
    } catch {
      return false
    }
  }).length
}

/** This number of bytes, all different from their neighbours. */
const numbers = (size: number) => shell(`seq 100000000 999999999 | head -c ${size}`, { min: 0, max: 0 })
const expected = (size: number) => {
  const lines = Array.from({ length: Math.ceil(size / 10) }, (_, index) => `${100_000_000 + index}\n`)
  return lines.join('').slice(0, size)
}

describe('the output of a pipeline', () => {
  for (const size of [0, 1, PIPE_BYTES - 1, PIPE_BYTES])
    it(`is written without a writer process: ${size} bytes`, async () => {
      const { bytes, programs } = await make([numbers(size), command(['cat'])], { sink: { heldMs: scaledMs(60_000) } })
      assert.equal(bytes.toString(), expected(size))
      assert.deepEqual(programs, ['sh', 'cat'])
    })

  for (const size of [PIPE_BYTES + 1, 2 * PIPE_BYTES, 5_000_000])
    it(`is written by a writer process behind its beginning: ${size} bytes`, async () => {
      const { bytes, programs } = await make([numbers(size)])
      assert.equal(bytes.toString(), expected(size))
      assert.deepEqual(programs, ['sh', 'cat'])
    })

  it('is complete if its programs have ended before the writer is started', async () => {
    const size = 2 * PIPE_BYTES
    const held: { write?: FileSink['write'] } = {}
    const path = join(folder, 'late')
    const file = await open(path, 'wx+')
    try {
      // The first write waits until the program has written the rest into the pipe, and ended.
      held.write = async (data) => {
        await until(() => existsSync(join(folder, 'written')))
        await file.writeFile(data)
      }
      const commands = [shell(`seq 100000000 999999999 | head -c ${size}; echo >${folder}/written`)]
      const sink = { kind: 'file', fd: file.fd, write: held.write } as const
      const { done } = await processes.startPipeline(commands, sink, { signal: new AbortController().signal, limits: QUICK })
      assert.equal((await done).stages.length, 2)
      assert.equal(readFileSync(path, 'utf8'), expected(size))
    } finally {
      await file.close()
    }
  })

  it('is written by a writer process from the beginning if blocks of a size are wanted', async () => {
    const { bytes, programs } = await make([command(['echo', 'x'])], { sink: { blockBytes: 4096 } })
    assert.equal(bytes.toString(), 'x\n')
    assert.deepEqual(programs, ['echo', 'dd'])
  })

  it('reaches the file while its programs still run', async () => {
    const path = join(folder, 'slow')
    const file = await open(path, 'wx+')
    try {
      const commands = [shell(`echo begin; until [ -e ${folder}/go ]; do sleep 0.02; done; echo end`)]
      const sink = { kind: 'file', fd: file.fd, write: writeTo(file) } as const
      const { done } = await processes.startPipeline(commands, sink, { signal: new AbortController().signal, limits: QUICK })
      await until(() => readFileSync(path, 'utf8') === 'begin\n')
      writeFileSync(join(folder, 'go'), '')
      await done
      assert.equal(readFileSync(path, 'utf8'), 'begin\nend\n')
    } finally {
      await file.close()
    }
  })

  it('may come from a background process', async () => {
    const { bytes } = await make([shell('(sleep 0.1; echo late) & echo early')], { limits: { lingerMs: scaledMs(60_000) } })
    assert.equal(bytes.toString(), 'early\nlate\n')
  })

  it('is not waited for if an idle background process holds it', async () => {
    const { bytes, notes } = await make([shell('sleep 7750001 & echo early')])
    assert.equal(bytes.toString(), 'early\n')
    assert.match(notes.join(), /^ended 1 idle background process/u)
    assert.equal(alive('7750001'), 0)
  })

  it('counts as progress', async () => {
    const slow = shell('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done')
    assert.equal((await make([slow], { limits: { stallMs: 3000 } })).bytes.toString(), '1\n2\n3\n4\n5\n6\n7\n8\n')
  })

  it('is passed to the check with the stages of the plan', async () => {
    const seen: number[] = []
    await make([numbers(10), command(['cat'])], { check: (stages) => void seen.push(stages.length) })
    assert.deepEqual(seen, [2])
  })
})

describe('a failure', () => {
  for (const size of [10, 3_000_000])
    it(`to write it is that of the storage: ${size} bytes`, async () => {
      const full = await open('/dev/full', 'w')
      try {
        const error = await failure(make([numbers(size)], { sink: { fd: full.fd, write: writeTo(full) } }))
        assert.equal(error.code, 'process/sink')
        assert.equal(error.message, 'could not write the object: No space left on device')
        assert.match(error.hint ?? '', /Free some space/u)
      } finally {
        await full.close()
      }
    })

  it('of the writer process is that of the storage, although the last program sees it, too', async () => {
    const full = await open('/dev/full', 'w')
    try {
      const script = 'trap "" PIPE; seq 100000000 999999999; exit 3'
      const error = await failure(make([shell(script)], { sink: { fd: full.fd, write: () => Promise.resolve() } }))
      assert.equal(error.code, 'process/sink')
      assert.equal(error.message, 'could not write the object: No space left on device')
    } finally {
      await full.close()
    }
  })

  it('of the last program is reported, however small its output is', async () => {
    const error = await failure(make([shell('echo x; echo bad >&2; exit 4')]))
    assert.equal(error.code, 'process/failed')
    assert.match(error.message, /exit code 4.*bad/u)
  })

  it('ends a small pipeline by a stop, with all of its processes', async () => {
    const stop = new AbortController()
    const running = make([shell('echo x; exec sleep 7750002'), command(['cat'])], { signal: stop.signal })
    await until(() => alive('7750002') > 0)
    stop.abort()
    assert.equal((await failure(running)).code, 'process/aborted')
    assert.equal(alive('7750002'), 0)
  })

  it('starts no writer process afterwards', async () => {
    const stop = new AbortController()
    const path = join(folder, 'stopped')
    writeFileSync(path, '')
    const file = await open(path, 'r+')
    try {
      const begun = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const write = () => {
        begun.resolve()
        return goOn.promise
      }
      const programs: object[] = []
      const call: PipelineCall = { signal: stop.signal, limits: QUICK, onProcesses: (records) => programs.push(...records) }
      const { done } = await processes.startPipeline([command(['cat', '/dev/zero'])], { kind: 'file', fd: file.fd, write }, call)
      const ended = failure(done)
      await begun.promise
      stop.abort()
      assert.equal((await ended).code, 'process/aborted')
      goOn.resolve()
      // Another pipeline takes longer than the start that is refused.
      await make([numbers(10)])
      assert.equal(programs.length, 1)
      assert.equal(readFileSync(path, 'utf8'), '')
    } finally {
      await file.close()
    }
  })
})
