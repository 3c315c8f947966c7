import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import { openProcesses } from '../open-processes.ts'
import { ProcessError } from '../process-result.ts'
import { DEFAULT_LIMITS, type PipelineCall } from '../processes.ts'

const LIMITS = { ...DEFAULT_LIMITS, graceMs: 200 }

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'feed-'))
  const file = join(folder, 'out')
  const fd = openSync(file, 'w+')
  const processes = openProcesses({ runId: `feed-${process.pid}` })
  t.after(async () => {
    closeSync(fd)
    await processes.close()
    rmSync(folder, { recursive: true })
  })
  const run = async (commands: Parameters<typeof processes.startPipeline>[0], input: Readable, options: Partial<PipelineCall> = {}) => {
    const call = { signal: new AbortController().signal, limits: LIMITS, input, ...options }
    const { done } = await processes.startPipeline(commands, { kind: 'file', fd }, call)
    await done
    return readFileSync(file)
  }
  return { run, file }
}

async function* chunks(count: number, bytes: Buffer, end?: Error) {
  for (let index = 0; index < count; index++) yield bytes
  if (end) throw end
}

const opened = () => readdirSync('/proc/self/fd').length

describe('the input of a pipeline', () => {
  it('reaches the first stage completely', async (t) => {
    const { run } = open(t)
    const bytes = randomBytes(300_000)
    const out = await run([command(['cat']), command(['cat'])], Readable.from(chunks(20, bytes)))
    assert.ok(out.equals(Buffer.concat(Array.from({ length: 20 }, () => bytes))))
  })

  it('is read to its end when the first stage stops reading', async (t) => {
    const { run } = open(t)
    let seen = 0
    async function* counted() {
      for await (const chunk of chunks(50, Buffer.alloc(100_000, 'x'))) {
        seen += chunk.length
        yield chunk
      }
    }
    assert.equal((await run([command(['head', '-c', '5'])], Readable.from(counted()))).toString(), 'xxxxx')
    assert.equal(seen, 5_000_000)
  })

  it('that fails, fails the pipeline, and no stage sees the end of its input', async (t) => {
    const { run, file } = open(t)
    const before = opened()
    const input = Readable.from(chunks(3, Buffer.from('part\n'), new Error('the wire was cut')))
    await assert.rejects(run([shell('cat >/dev/null; echo whole')], input), (error) => {
      assert.ok(error instanceof ProcessError)
      assert.deepEqual([error.code, (error.cause as Error).message], ['process/input', 'the wire was cut'])
      return true
    })
    assert.equal(readFileSync(file, 'utf8'), '')
    // Pipes made ahead stay; nothing of this one does.
    assert.ok(opened() <= before + 24 * 3)
  })

  it('is given up with a failing stage, an abort and a program that is missing', async (t) => {
    const { run } = open(t)
    const endless = () =>
      new Readable({
        read: function read() {
          setImmediate(() => this.push(Buffer.alloc(65_536)))
        },
      })
    for (const [commands, stop, code] of [
      [[shell('head -c 10 >/dev/null; exit 3')], undefined, 'process/failed'],
      [[command(['sleep', '60'])], new AbortController(), 'process/aborted'],
      [[command(['/no/such/program'])], undefined, 'process/not-started'],
    ] as const) {
      const input = endless()
      const ended = run(commands, input, stop && { signal: stop.signal })
      stop?.abort()
      await assert.rejects(ended, { code })
      assert.ok(input.destroyed, code)
    }
  })
})
