import assert from 'node:assert/strict'
import { closeSync, writeSync } from 'node:fs'
import { it, type TestContext } from 'node:test'
import { openWebHost } from '../../../../test/support/web-host.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { openJobFiles } from './job-files.ts'
import { lastExamination } from './last-examination.ts'
import { openJobs } from './open-jobs.ts'

const GOOD = { area: 'clock', state: 'ok', message: 'the clock is right' }
const BAD = { area: 'storages', state: 'error', message: 'the storage is full' }

/** What is read of an examination that has printed this and exited with this code. */
function examined(t: TestContext, lines: readonly unknown[], { code = 0, err = '' } = {}) {
  const { host } = openWebHost(t, () => 'version: 1\n')
  const files = openJobFiles(stateFolder(host.env, host.uid))
  const id = 'examination'
  files.write({
    id,
    kind: 'doctor',
    task: '',
    command: 'holdfast doctor',
    startedBy: 'ada',
    began: host.clock().toISOString(),
    key: null,
    process: null,
  })
  const outputs = files.openOutputs(id)
  const texts = [lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''), err, `${code}\n`]
  for (const [index, fd] of outputs.entries()) {
    writeSync(fd, texts[index] ?? '')
    closeSync(fd)
  }
  return lastExamination(openJobs(host))
}

it('an examination has all of its findings, also the first of many', async (t) => {
  const found = await examined(t, [BAD, ...Array.from({ length: 2000 }, () => GOOD)], { code: 1, err: 'a note\n' })
  assert.deepEqual([found?.state, found?.findings.length, found?.failure], ['done', 2001, null])
  assert.deepEqual(found?.findings[0], BAD)
})

it('an examination is not complete if a line of it cannot be understood, or it did not end by itself', async (t) => {
  const unknown = JSON.stringify({ ...BAD, area: 'weather' })
  const found = await examined(t, [GOOD, unknown], { code: 1 })
  assert.deepEqual([found?.state, found?.findings, found?.failure], ['broken', [GOOD], unknown])
  const stopped = await examined(t, [GOOD], { code: 143, err: 'stopped\n' })
  assert.deepEqual([stopped?.state, stopped?.failure], ['broken', 'stopped'])
  assert.equal((await examined(t, []))?.state, 'broken')
})
