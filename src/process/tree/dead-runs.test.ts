import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { hostId } from '../identity/host-id.ts'
import { identityOf } from '../identity/process-identity.ts'
import { endDeadRuns } from './dead-runs.ts'

/** A record of a run whose process has ended, with the lines. */
function record(t: TestContext, lines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'dead-runs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { pid } = spawnSync('true')
  const path = join(folder, 'dead.jsonl')
  writeFileSync(path, `${[JSON.stringify({ runId: 'dead', host: hostId(), ...identityOf(pid), start: 1 }), ...lines].join('\n')}\n`)
  return { folder, path }
}

async function end(folder: string): Promise<readonly string[]> {
  const notes: string[] = []
  await endDeadRuns(folder, (text) => notes.push(text))
  return notes
}

describe('endDeadRuns', () => {
  it('ends what is left of a run, however large its record is', async (t) => {
    const left = spawn('sleep', ['7740003'])
    const released = spawn('sleep', ['7740004'])
    t.after(() => [left, released].map((it) => it.kill('SIGKILL')))
    await Promise.all([left, released].map((it) => once(it, 'spawn')))
    const started = (group: number, pid = 0) => JSON.stringify({ started: group, pid, start: identityOf(pid).start, program: 'sleep' })
    const program = 'x'.repeat(800)
    const many = Array.from({ length: 25_000 }, (_, index) => [
      JSON.stringify({ started: index + 10, pid: 1, start: 1, program }),
      `{"released":${index + 10}}`,
    ])
    const { folder, path } = record(t, [
      '{"group":1}',
      started(1, left.pid),
      '{"group":2}',
      started(2, released.pid),
      '{"released":2}',
      ...many.flat(),
    ])
    const ended = once(left, 'exit')
    assert.deepEqual([await end(folder), existsSync(path)], [[], false])
    await ended
    assert.equal(released.exitCode ?? released.signalCode, null)
  })

  it('reports a file that is no record, and does not read all of it', async (t) => {
    const { folder, path } = record(t, [])
    truncateSync(path, 2 ** 40)
    assert.match((await end(folder)).join('\n'), /^could not end the processes of a killed run: ".*\/dead\.jsonl" is not the record of a run$/u)
    assert.ok(existsSync(path))
  })
})
