import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { cannotMount } from '../../../test/faults/small-disk.ts'
import { lacks } from '../../../test/support/lacks.ts'
import { runSteps } from '../../../test/support/run-steps.ts'
import { noSshd, type Sshd, startSshd } from '../../../test/support/sshd.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { isRemote } from './sync-ends.ts'

let top: string
let source: string
let target: string
let processes: Processes
let count = 0

const environment = { kind: 'exactly', values: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } } as const

function step(changes: Partial<SyncStep> = {}): SyncStep {
  const transferOptions = ['-a', '-h', '-d', '-v']
  return {
    kind: 'sync',
    source: `${source}/`,
    target,
    options: [],
    transferOptions,
    skipCompress: ['zip', 'gz'],
    exclude: [],
    environment,
    searchPath: ['/usr/bin'],
    ...changes,
  }
}

const filesIn = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()

describe('a sync step', { skip: lacks('rsync') }, () => {
  before(() => {
    top = mkdtempSync(join(tmpdir(), 'sync-'))
    processes = openProcesses({ runId: `sync-${process.pid}` })
  })
  after(async () => {
    await processes.close()
    rmSync(top, { recursive: true })
  })
  beforeEach(() => {
    source = join(top, `src ${count}`)
    target = join(top, `out ${count++}`, 'deep')
    mkdirSync(join(source, 'data'), { recursive: true })
    mkdirSync(join(source, 'sp ace'))
    for (const it of ['one.txt', 'top.log', 'data/three.log', 'data/d1', 'sp ace/f $(touch x)']) writeFileSync(join(source, it), it)
  })

  it('copies the contents of a folder, or the folder, to one that it creates', async () => {
    const { result, told } = await runSteps([step()], processes)
    assert.equal(result.status, 'ok')
    assert.deepEqual(filesIn(target), filesIn(source))
    assert.ok(told.includes('data/d1'))
    await runSteps([step({ source, target: `${target}2` })], processes)
    assert.deepEqual(readdirSync(`${target}2`), [`src ${count - 1}`])
  })

  it('excludes patterns, also at the top, and deletes on request', async () => {
    await runSteps([step()], processes)
    const exclude = ['*.log', 'data/d*']
    const { result } = await runSteps([step({ exclude, transferOptions: ['-a', '--delete-excluded'] })], processes)
    assert.equal(result.status, 'ok')
    assert.deepEqual(filesIn(target), ['data', 'one.txt', 'sp ace', 'sp ace/f $(touch x)'])
  })

  it('passes on words, bandwidth and uncompressed extensions', async () => {
    const argv = join(top, 'argv')
    const bin = join(top, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'rsync'), `#!/bin/sh\nprintf '%s\\n' "$@" >'${argv}'\n`, { mode: 0o755 })
    await runSteps([step({ options: ['-e', 'ssh -p 22'], bandwidth: '100', exclude: ['a b', '*'], searchPath: [bin] })], processes)
    const expected = [
      '-e',
      'ssh -p 22',
      '-a',
      '-h',
      '-d',
      '-v',
      '--bwlimit=100',
      '--skip-compress=zip/gz',
      '--exclude=a b',
      '--exclude=*',
      '--',
      `${source}/`,
      target,
    ]
    assert.deepEqual(readFileSync(argv, 'utf8').split('\n').slice(0, -1), expected)
  })

  it('resolves relative folders in its own working folder', async () => {
    const before = process.cwd()
    const { result } = await runSteps([step({ source: `./src ${count - 1}/`, target: 'there', workingFolder: top })], processes)
    assert.equal(result.status, 'ok')
    assert.deepEqual(filesIn(join(top, 'there')), filesIn(source))
    assert.equal(process.cwd(), before)
  })

  it('only lists when dry', async () => {
    const { result, told } = await runSteps([step({ dry: true })], processes)
    assert.equal(result.status, 'ok')
    assert.ok(
      told.some((it) => it.endsWith('data/d1')),
      told.join('\n'),
    )
    assert.equal(existsSync(target), false)
  })

  it('compares with an existing target when dry, and changes nothing in it', async () => {
    await runSteps([step()], processes)
    rmSync(join(source, 'one.txt'))
    writeFileSync(join(source, 'new.txt'), 'new')
    const before = filesIn(target)
    const { result, told } = await runSteps([step({ dry: true, transferOptions: ['-a', '--delete'] })], processes)
    assert.equal(result.status, 'ok')
    assert.deepEqual(told.filter((it) => !it.endsWith('/')).toSorted(), ['*deleting   one.txt', '>f+++++++++ new.txt'])
    assert.deepEqual(filesIn(target), before)
  })

  it('works with a listing of any length', async () => {
    for (let n = 0; n < 3000; n++) writeFileSync(join(source, `a file with a rather long name, number ${n}`), '')
    const { result, told } = await runSteps([step()], processes)
    assert.equal(result.status, 'ok')
    assert.ok(told.length > 3000)
  })

  it('fails when rsync fails, and notes that files vanished', async () => {
    const { result, failure } = await runSteps([step({ source: `${source}/nosuch/` })], processes)
    assert.equal(result.status, 'failed')
    assert.match(failure, /rsync failed \(exit code 23\).*\n.*No such file/u)
    const bin = join(top, 'vanished')
    mkdirSync(bin)
    writeFileSync(join(bin, 'rsync'), `#!/bin/sh\necho 'file has vanished: "/srv/x"' >&2; exit 24\n`, { mode: 0o755 })
    const vanished = await runSteps([step({ searchPath: [bin] })], processes)
    assert.equal(vanished.result.status, 'warnings')
    assert.deepEqual(vanished.result.notes, ['some files vanished during the copy: "/srv/x"'])
    writeFileSync(join(bin, 'rsync'), '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 })
    assert.equal((await runSteps([step({ searchPath: [bin] })], processes)).result.status, 'failed')
  })

  it('does not fill the folder of a file system that is not mounted', { skip: cannotMount() }, async () => {
    const disk = join(top, `disk ${count}`)
    const to = { target: join(disk, 'copy') }
    const changes = { stateFolder: join(top, `state ${count}`) }
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    try {
      assert.equal((await runSteps([step(to)], processes, changes)).result.status, 'ok')
    } finally {
      execFileSync('umount', [disk])
    }
    const { result, failure } = await runSteps([step(to)], processes, changes)
    assert.equal(result.status, 'failed')
    assert.match(failure, /is not mounted, but the files of ".*" are stored there/u)
    assert.deepEqual(readdirSync(disk), [])
    assert.equal((await runSteps([step(to)], processes, { ...changes, acceptsMounts: true })).result.status, 'ok')
    assert.equal((await runSteps([step(to)], processes, changes)).result.status, 'ok')
  })

  describe('to another host', { skip: noSshd }, () => {
    let sshd: Sshd
    before(async () => {
      sshd = await startSshd()
    })
    after(() => sshd.stop())

    it('uses ssh, and creates no local folder for a remote target', async () => {
      const shell = `ssh -p ${sshd.port} -i ${sshd.keyFile} -o UserKnownHostsFile=${sshd.knownHosts} -o BatchMode=yes`
      const there = { target: `127.0.0.1:${top}/remote`, options: ['-e', shell], workingFolder: top }
      const { result, failure } = await runSteps([step(there)], processes)
      assert.equal(result.status, 'ok', failure)
      assert.deepEqual(filesIn(join(top, 'remote')), filesIn(source))
      assert.ok(!readdirSync(top).some((it) => it.includes(':')))
      const refused = await runSteps([step({ ...there, options: ['-e', `${shell} -l nobody`] })], processes)
      assert.equal(refused.result.status, 'failed')
    })
  })

  it('recognizes remote locations', () => {
    for (const it of ['h:/x', 'u@h:x', 'h::module', 'rsync://h/m', '[::1]:/x']) assert.ok(isRemote(it), it)
    for (const it of ['/a:b', './a:b', 'x/y:z', 'x']) assert.ok(!isRemote(it), it)
  })
})
