import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadNative } from '../src/config/native/load.ts'
import { lacks } from './support/lacks.ts'
import { NATIVE_HOST } from './support/native.ts'
import { diskReader } from './support/readers.ts'

const examples = fileURLToPath(new URL('../examples/', import.meta.url))
const share = fileURLToPath(new URL('../share/', import.meta.url))

describe('the units for a host', () => {
  it('are good units', { skip: lacks('systemd-analyze') }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const units = readdirSync(`${share}systemd`)
    // The program must be there.
    for (const unit of units)
      writeFileSync(join(folder, unit), readFileSync(`${share}systemd/${unit}`, 'utf8').replaceAll('/opt/holdfast/holdfast', '/bin/true'))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { cwd: folder, encoding: 'utf8' })
    const about = stderr.split('\n').filter((line) => line.includes('holdfast'))
    assert.deepEqual({ status, about }, { status: 0, about: [] })
  })
})

describe('the sample units', () => {
  it('are good units', { skip: lacks('systemd-analyze') }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
    t.after(() => rmSync(folder, { recursive: true }))
    // The program must be there.
    const service = readFileSync(`${examples}systemd/holdfast-dnssec.service`, 'utf8').replace('/usr/local/bin/holdfast', '/bin/true')
    writeFileSync(join(folder, 'holdfast-dnssec.service'), service)
    copyFileSync(`${examples}systemd/holdfast-dnssec.timer`, join(folder, 'holdfast-dnssec.timer'))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', 'holdfast-dnssec.service', 'holdfast-dnssec.timer'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const about = stderr.split('\n').filter((line) => line.includes('holdfast'))
    assert.deepEqual({ status, about }, { status: 0, about: [] })
  })

  it('start a task that the sample configuration has', async () => {
    const task =
      /^ExecStart=\S+ -q run (?<task>\S+)$/mu.exec(readFileSync(`${examples}systemd/holdfast-dnssec.service`, 'utf8'))?.groups?.['task'] ?? ''
    const { plan } = await loadNative(`${examples}native/checks.yaml`, { reader: diskReader, host: NATIVE_HOST })
    assert.deepEqual(
      plan?.tasks.get(task)?.steps.map((step) => (step.kind === 'check' ? step.check.kind : step.kind)),
      ['dnssec'],
    )
  })
})
