import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { archiveFiles, archiveStep } from '../../../test/support/archive.ts'
import { runSteps } from '../../../test/support/run-steps.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import type { Step } from '../../plan/plan.ts'
import type { Processes } from '../../process/processes.ts'

let folder: string
let processes: Processes

withProcesses('archive-step', (opened) => {
  ;({ folder, processes } = opened)
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'src/a'), 'a')
})

const run = (steps: readonly Step[]) => runSteps(steps, processes)

const source = () => join(folder, 'src')
const target = () => join(folder, 'out')
const archives = () => (existsSync(join(target(), '0')) ? readdirSync(join(target(), '0')).filter((it) => it.endsWith('.tar.gz')) : [])

describe('steps about files, in a run', () => {
  it('use the time of the run in names, and emit events', async () => {
    const { result, events } = await run([archiveStep(source(), target(), { name: 'nightly' })])
    assert.equal(result.status, 'ok')
    assert.deepEqual(archives(), ['etc-20260305_060708-0.tar.gz'])
    const ended = events.find((it) => it.kind === 'archive-ended')
    assert.deepEqual([ended?.task, ended?.step, ended?.entries], ['main', 'nightly', 1])
  })

  it('refuse to make the same file twice in one run, which ends the task', async () => {
    const step = archiveStep(source(), target())
    const { result } = await run([step, step, { kind: 'expire', sets: [{ files: archiveFiles(target()), limits: { maxFiles: 0 } }] }])
    assert.equal(result.status, 'failed')
    assert.equal(result.error?.code, 'archive/exists')
    assert.deepEqual([result.failedAt?.index, archives().length], [1, 1])
  })

  it('continue with the next step if permitted, and the run has failed', async () => {
    const failing = archiveStep(join(folder, 'nosuch'), target(), { onFailure: 'continue' })
    const { result, events } = await run([failing, archiveStep(source(), target())])
    assert.equal(result.status, 'failed')
    assert.equal(result.error?.code, 'archive/no-source')
    assert.equal(result.failedAt?.index, 0)
    assert.deepEqual(archives().length, 1)
    assert.ok(events.some((it) => it.kind === 'note' && it.text.startsWith('step 1 failed')))
  })

  it('make a run end with warnings when a level 1 found no base', async () => {
    const { result } = await run([archiveStep(source(), target(), { files: archiveFiles(target(), 1) })])
    assert.equal(result.status, 'warnings')
    assert.deepEqual(archives(), ['etc-20260305_060708-0.tar.gz'])
  })
})
