import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { call, exitCodeOf, nextRun, openLocalfs } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { bootId, hostId, processStart } from '../../process/identity/host-id.ts'
import { isAlive } from './work-entry.ts'

describe('the sweep of what dead runs left', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sweep-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const area = (...path: string[]) => join(root, '.holdfast-work', ...path)
  const beginAndEnd = async () => {
    const storage = openLocalfs(root)
    const work = await storage.folders.begin(nextRun(), call)
    const seen = readdirSync(area())
    await work.abandon()
    return { notes: storage.notes, seen }
  }
  /** A work folder as a run leaves it that was killed. */
  const leave = (name: string, worker: object) => {
    mkdirSync(area(name, 'set'), { recursive: true })
    writeFileSync(area(name, 'lock'), '')
    writeFileSync(area(name, 'set/half'), 'half')
    writeFileSync(area(name, 'run.json'), JSON.stringify(worker))
  }
  const worker = { runId: 'dead', task: 'nightly', host: hostId(), boot: bootId(), pid: 1, start: -1, tool: 'holdfast 0' }

  it('keeps a running run, and removes a dead one after ending orphans that hold the lock', async () => {
    const program = fileURLToPath(new URL('../../../test/programs/hold-work-folder.ts', import.meta.url))
    const child = spawn(process.execPath, [program, root, 'run-x'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(child.stdout, 'data')
    const orphan = Number(String(line))
    const start = processStart(orphan)
    assert.deepEqual((await beginAndEnd()).notes, [])
    assert.deepEqual(readdirSync(area('run-x')).sort(), ['lock', 'processes.jsonl', 'run.json', 'set'])
    assert.equal(JSON.parse(readFileSync(area('run-x', 'run.json'), 'utf8')).pid, child.pid)

    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(isAlive({ boot: bootId(), pid: orphan, start }), true)
    const { seen, notes } = await beginAndEnd()
    assert.deepEqual([seen.includes('run-x'), notes], [false, []])
    assert.equal(isAlive({ boot: bootId(), pid: orphan, start }), false)
    assert.deepEqual(readdirSync(root), [])
  })

  it('keeps the folder of a live run whose lock is free: it is removing the folder itself', async () => {
    leave('ending', { ...worker, pid: process.pid, start: processStart(process.pid) })
    assert.deepEqual((await beginAndEnd()).notes, [])
    assert.equal(readFileSync(area('ending/set/half'), 'utf8'), 'half')
  })

  it('removes runs of an earlier boot, without looking for their processes', async () => {
    leave('old', { ...worker, boot: 'another', pid: process.pid, start: processStart(process.pid) })
    writeFileSync(
      area('old/processes.jsonl'),
      `${JSON.stringify({ boot: 'another', pid: process.pid, start: processStart(process.pid), program: 'node' })}\n`,
    )
    assert.deepEqual((await beginAndEnd()).notes, [])
    assert.deepEqual(readdirSync(root), [])
  })

  it('removes a folder of a run killed while creating it, and one with a truncated record', async () => {
    mkdirSync(area('no-lock-yet'), { recursive: true })
    leave('cut', worker)
    writeFileSync(area('cut/processes.jsonl'), '{"boot":"x","pid":12')
    assert.deepEqual((await beginAndEnd()).notes, [])
    assert.deepEqual(readdirSync(root), [])
  })

  it('keeps folders of other hosts, with one note', async () => {
    leave('theirs', { ...worker, host: 'elsewhere/42' })
    const { notes, seen } = await beginAndEnd()
    assert.ok(seen.includes('theirs'))
    assert.match(notes.join('\n'), /kept a work folder of the host "elsewhere\/42"/u)
    assert.equal(readFileSync(area('theirs/set/half'), 'utf8'), 'half')
    assert.equal(notes.length, 1)
  })

  it('continues after an entry that cannot be removed', async (t) => {
    leave('stuck', worker)
    const busy = area('stuck/set/busy')
    mkdirSync(busy)
    if (exitCodeOf('mount', '-t', 'tmpfs', 'tmpfs', busy) !== 0) return skipHere(t, 'mounting needs root')
    try {
      const { notes } = await beginAndEnd()
      assert.match(notes.join('\n'), /could not remove the remains .*: could not remove ".*\/stuck\/set\/busy": a file system is mounted on /u)
      assert.deepEqual(readdirSync(area('stuck/set')), ['busy'])
    } finally {
      exitCodeOf('umount', busy)
    }
    assert.deepEqual((await beginAndEnd()).notes, [])
    assert.deepEqual(readdirSync(root), [])
  })
})
