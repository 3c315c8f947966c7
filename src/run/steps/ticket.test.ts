import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { lacks } from '../../../test/support/lacks.ts'
import { runSteps } from '../../../test/support/run-steps.ts'
import { noSshd, type Sshd, startSshd } from '../../../test/support/sshd.ts'
import type { TicketStep } from '../../plan/steps/host-steps.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'

let top: string
let folder: string
let processes: Processes
let count = 0

const ticket = (change: TicketStep['change'], changes: Partial<TicketStep> = {}): TicketStep => ({
  kind: 'ticket',
  change,
  folder,
  file: 'my [ticket]',
  ...changes,
})
const wait = (changes: Partial<TicketStep> = {}) => ticket('wait', { cycles: 2, pauseMs: 1, ...changes })
const run = (...steps: readonly TicketStep[]) => runSteps(steps, processes)

describe('a ticket step', () => {
  before(() => {
    top = mkdtempSync(join(tmpdir(), 'ticket-'))
    processes = openProcesses({ runId: `ticket-${process.pid}` })
  })
  after(async () => {
    await processes.close()
    rmSync(top, { recursive: true })
  })
  beforeEach(() => {
    folder = join(top, String(count++), 'a folder')
  })

  it('sets a ticket once, and removes it as often as one likes', async () => {
    assert.equal((await run(ticket('set'))).result.status, 'ok')
    const { mode, size } = statSync(join(folder, 'my [ticket]'))
    assert.deepEqual([mode & 0o777, size], [0o777 & ~process.umask(), 0])
    const again = await run(ticket('set'))
    assert.deepEqual([again.result.status, /the ticket ".*" already exists/u.test(again.failure)], ['failed', true])
    for (let n = 0; n < 2; n++) assert.equal((await run(ticket('unset'))).result.status, 'ok')
    assert.deepEqual(readdirSync(folder), [])
  })

  it('fails if it cannot set the ticket', async () => {
    mkdirSync(join(folder, '..'), { recursive: true })
    writeFileSync(folder, '')
    const { failure } = await run(ticket('set'))
    assert.match(failure, /could not set the ticket/u)
  })

  it('waits for the end of one on this host', async () => {
    assert.equal((await run(wait())).result.status, 'ok')
    await run(ticket('set'))
    const still = await run(wait())
    assert.match(still.failure, /timed out while waiting for the end of the ticket/u)
    assert.equal(still.told.length, 2)
    const waiting = run(wait({ cycles: 100_000, pauseMs: 20 }))
    await run(ticket('unset'))
    assert.equal((await waiting).result.status, 'ok')
    assert.equal((await run(wait({ cycles: 0 }))).result.status, 'failed')
  })

  it('changes nothing when dry', async () => {
    assert.equal((await run(ticket('set', { dry: true }))).result.status, 'ok')
    assert.equal(existsSync(folder), false)
    await run(ticket('set'))
    await run(ticket('unset', { dry: true }), wait({ dry: true }))
    assert.deepEqual(readdirSync(folder), ['my [ticket]'])
  })

  describe('on another host', { skip: noSshd || lacks('rsync') }, () => {
    let sshd: Sshd
    before(async () => {
      sshd = await startSshd()
    })
    after(() => sshd.stop())
    const there = (changes: Partial<TicketStep> = {}) => {
      const shell = `ssh -p ${sshd.port} -i ${sshd.keyFile} -o UserKnownHostsFile=${sshd.knownHosts} -o BatchMode=yes`
      return wait({ host: '127.0.0.1', options: ['-e', shell], ...changes })
    }

    it('checks exactly that name, whether the folder exists or not', async () => {
      const missing = await run(there())
      assert.equal(missing.result.status, 'ok', missing.failure)
      await run(ticket('set', { file: 'my t' }), ticket('set', { file: 'another' }))
      assert.equal((await run(there())).result.status, 'ok')
      await run(ticket('set'))
      for (const it of [folder, `${folder}/`])
        assert.match((await run(there({ folder: it }))).failure, /timed out while waiting for the end of the ticket/u)
      for (const file of ['my t', 'another']) assert.equal((await run(there({ file }))).result.status, 'failed')
    })

    it('does not treat an unreachable host as a removed ticket', async () => {
      const refused = await run(there({ options: ['-e', 'false'] }))
      assert.equal(refused.result.status, 'failed')
      assert.match(refused.failure, /rsync failed \(exit code/u)
    })
  })

  it('fails where it may not look', { skip: process.getuid?.() === 0 ? 'root may look anywhere' : false }, async () => {
    await run(ticket('set'))
    chmodSync(folder, 0)
    assert.match((await run(wait())).failure, /could not check the ticket/u)
    chmodSync(folder, 0o700)
  })
})
