import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { lacks } from '../../../test/support/lacks.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { readLastShutdown } from './last-shutdown.ts'
import type { OutputContext } from './read-output.ts'

let processes: Processes
let context: OutputContext
before(() => {
  processes = openProcesses({ runId: `test-${process.pid}` })
  context = { processes, signal: new AbortController().signal, environment: { PATH: '/usr/bin:/bin', TZ: 'Asia/Seoul' } }
})
after(() => processes.close())

function openFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'shutdown-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

// utmp(5), as glibc has it on 64-bit Linux.
const RECORD_BYTES = 384

/** Records of the kinds RUN_LVL (shutdown) and BOOT_TIME (reboot). */
function writeWtmp(folder: string, records: readonly { readonly kind: 'reboot' | 'shutdown'; readonly at: string }[]): string {
  const bytes = records.map(({ kind, at }) => {
    const record = Buffer.alloc(RECORD_BYTES)
    record.writeInt16LE(kind === 'reboot' ? 2 : 1, 0)
    record.write('~', 8)
    record.write('~~', 40)
    record.write(kind, 44)
    record.write('6.1.0-13-amd64', 76)
    record.writeInt32LE(Date.parse(at) / 1000, 340)
    return record
  })
  const file = join(folder, 'wtmp')
  writeFileSync(file, Buffer.concat(bytes))
  return file
}

const A = '2026-01-02T03:00:00Z'
const B = '2026-01-05T03:00:00Z'
const C = '2026-01-05T03:04:00Z'

describe('the last shutdown by wtmp', { skip: lacks('last') }, () => {
  const shutdownOfWtmp = (t: TestContext, records: Parameters<typeof writeWtmp>[1]) => {
    const folder = openFolder(t)
    return readLastShutdown(context, { journalFolder: join(folder, 'none'), wtmp: writeWtmp(folder, records) })
  }

  it('is clean where a shutdown was recorded before this boot', async (t) => {
    const found = await shutdownOfWtmp(t, [
      { kind: 'reboot', at: A },
      { kind: 'shutdown', at: B },
      { kind: 'reboot', at: C },
    ])
    assert.deepEqual(found, { how: 'clean', downSince: new Date(B) })
  })

  it('is not clean where one boot follows on another', async (t) => {
    const records = [
      { kind: 'reboot', at: A },
      { kind: 'reboot', at: C },
    ] as const
    assert.deepEqual(await shutdownOfWtmp(t, records), { how: 'not clean' })
  })

  it('is unknown at the first boot, and where nothing was recorded or can be read', async (t) => {
    assert.deepEqual(await shutdownOfWtmp(t, [{ kind: 'reboot', at: A }]), { how: 'unknown' })
    assert.deepEqual(await shutdownOfWtmp(t, []), { how: 'unknown' })
    assert.deepEqual(await readLastShutdown(context, { journalFolder: '/no/such', wtmp: '/no/such' }), { how: 'unknown' })
  })
})

const REMOTE = '/lib/systemd/systemd-journal-remote'

describe('the last shutdown by the journal', { skip: lacks(REMOTE, 'journalctl') }, () => {
  const boots = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'] as const

  /** Journal Export Format. */
  function entry(boot: string, at: string, fields: Readonly<Record<string, string>>): string {
    const micros = `${Date.parse(at)}000`
    const all = { __REALTIME_TIMESTAMP: micros, __MONOTONIC_TIMESTAMP: micros, _BOOT_ID: boot, ...fields }
    return `${Object.entries(all)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('')}\n`
  }

  async function shutdownOfJournal(t: TestContext, farewell: Readonly<Record<string, string>>) {
    const folder = openFolder(t)
    const text = [entry(boots[0], A, { MESSAGE: 'up' }), entry(boots[0], B, farewell), entry(boots[1], C, { MESSAGE: 'up again' })].join('')
    const made = spawnSync(REMOTE, ['--output', join(folder, 'system.journal'), '-'], { input: text, encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
    return readLastShutdown(context, { journalFolder: folder, wtmp: '/no/such' })
  }

  it('is clean where it took its leave', async (t) => {
    const stopped = { MESSAGE: 'Journal stopped', MESSAGE_ID: 'd93fb3c9c24d451a97cea615ce59c00b' }
    assert.deepEqual(await shutdownOfJournal(t, stopped), { how: 'clean', downSince: new Date(B) })
    const going = { MESSAGE: 'System is rebooting.', MESSAGE_ID: '98268866d1d54a499c4e98921d93bc40' }
    assert.equal((await shutdownOfJournal(t, going)).how, 'clean')
  })

  it('is not clean where it broke off', async (t) => {
    assert.deepEqual(await shutdownOfJournal(t, { MESSAGE: 'in the middle of some work' }), { how: 'not clean', downSince: new Date(B) })
  })
})
