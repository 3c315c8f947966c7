import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { hostId } from '../identity/host-id.ts'
import { identityOf, livenessOf } from '../identity/process-identity.ts'
import { endDeadRuns } from './dead-runs.ts'

/** The record of a run that has started a process, which is still running; and what is there after a run that looks for killed runs. */
function recorded(t: TestContext) {
  const top = mkdtempSync(join(tmpdir(), 'dead-'))
  t.after(() => rmSync(top, { recursive: true }))
  const folder = join(top, 'processes')
  mkdirSync(folder, { mode: 0o700 })
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const { pid, start } = identityOf(child.pid ?? 0)
  const lines = [{ runId: 'r', host: hostId(), ...identityOf(process.pid) }, { group: 0 }, { started: 0, pid, start, program: 'sleep' }]
  const file = join(folder, 'r.jsonl')
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  // `atEnd` is what the run does last, just before another one looks whether it is still running.
  const look = async (atEnd: () => void) => {
    await endDeadRuns(folder, assert.fail, () => {
      atEnd()
      return 'dead'
    })
    return { isRunning: livenessOf({ ...identityOf(process.pid), pid, start }) === 'alive', names: readdirSync(folder) }
  }
  return { file, look }
}

it('ends what a killed run has left, but nothing that a run releases at its end, while another run looks at its record', async (t) => {
  const killed = recorded(t)
  assert.deepEqual(await killed.look(() => undefined), { isRunning: false, names: [] })
  const ended = recorded(t)
  assert.deepEqual(await ended.look(() => appendFileSync(ended.file, '{"released":0}\n')), { isRunning: true, names: [] })
})

it('reports nothing if the record of a run is removed while another run looks at it', async (t) => {
  const { file, look } = recorded(t)
  assert.deepEqual(await look(() => rmSync(file)), { isRunning: true, names: [] })
})

it('removes drafts of records that killed runs have left, and not those being written', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'drafts-'))
  t.after(() => rmSync(top, { recursive: true }))
  const folder = join(top, 'processes')
  mkdirSync(folder, { mode: 0o700 })
  for (const name of ['.old', '.new']) writeFileSync(join(folder, name), '')
  utimesSync(join(folder, '.old'), 1, 1)
  await endDeadRuns(folder, assert.fail)
  assert.deepEqual(readdirSync(folder), ['.new'])
})
