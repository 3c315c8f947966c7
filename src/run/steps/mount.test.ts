import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { cannotMount } from '../../../test/faults/small-disk.ts'
import { lacks } from '../../../test/support/lacks.ts'
import { noLoop } from '../../../test/support/no-loop.ts'
import { runSteps } from '../../../test/support/run-steps.ts'
import type { MountStep } from '../../plan/steps/host-steps.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'

let top: string
let point: string
let processes: Processes
let count = 0

const mounting = (changes: Partial<MountStep> = {}): MountStep => ({
  kind: 'mount',
  change: 'mount',
  point,
  device: 'tmpfs',
  fsType: 'tmpfs',
  options: [],
  ...changes,
})
const unmounting = (changes: Partial<MountStep> = {}): MountStep => ({ kind: 'mount', change: 'unmount', point, options: [], ...changes })
const run = (...steps: readonly MountStep[]) => runSteps(steps, processes)
const isMounted = () => spawnSync('mountpoint', ['-q', point]).status === 0

describe('a mount step', { skip: cannotMount() || lacks('mount', 'umount', 'mountpoint') }, () => {
  before(() => {
    top = mkdtempSync(join(tmpdir(), 'mount-'))
    processes = openProcesses({ runId: `mount-${process.pid}` })
  })
  after(async () => {
    await processes.close()
    rmSync(top, { recursive: true })
  })
  beforeEach((t) => {
    point = join(top, `a point\t${count++}`)
    ;(t as TestContext).after(() => {
      while (isMounted()) execFileSync('umount', ['--lazy', point])
    })
  })

  it('mounts at a folder that it makes, once, and unmounts', async () => {
    const first = await run(mounting({ options: ['-o', 'size=1m'] }))
    assert.equal(first.result.status, 'ok', first.failure)
    assert.ok(isMounted())
    const again = await run(mounting())
    assert.deepEqual([again.result.status, again.told], ['ok', [`"tmpfs" is already mounted at "${point}"`]])
    assert.equal((await run(unmounting())).result.status, 'ok')
    assert.ok(!isMounted())
    const twice = await run(unmounting())
    assert.deepEqual([twice.result.status, twice.result.notes], ['warnings', [`nothing is mounted at "${point}"`]])
    const dry = await run(unmounting({ dry: true }))
    assert.deepEqual([dry.result.status, dry.told], ['ok', [`would unmount "${point}", where nothing is mounted now`]])
  })

  it('fails where another device is mounted, and where mount(8) fails', async () => {
    await run(mounting())
    const other = await run(mounting({ device: 'other' }))
    assert.equal(other.result.status, 'failed')
    assert.match(other.failure, /"tmpfs" is mounted at ".*", not "other"/u)
    await run(unmounting())
    const bad = await run(mounting({ device: '/dev/nosuch', fsType: 'ext4' }))
    assert.equal(bad.result.status, 'failed')
    assert.match(bad.failure, /mount failed \(exit code 32\).*\n.*nosuch/u)
  })

  it('keeps a file system in use, with a note', async () => {
    await run(mounting())
    writeFileSync(join(point, 'held'), '')
    const holder = spawnSync('/bin/sh', ['-c', `exec 9<"$0"; sleep 60 >/dev/null 2>&1 & echo $!`, join(point, 'held')], { encoding: 'utf8' })
    try {
      const { result } = await run(unmounting())
      assert.deepEqual([result.status, result.notes], ['warnings', [`"${point}" is in use, and was not unmounted`]])
      assert.ok(isMounted())
    } finally {
      process.kill(Number(holder.stdout))
    }
  })

  it('recognizes the bind mount', async () => {
    const [one, two] = [join(top, `one${count}`), join(top, `two${count}`)]
    for (const it of [one, two]) mkdirSync(it)
    const bound = { device: one, options: ['--bind'] }
    const { fsType: _none, ...step } = mounting(bound)
    assert.equal((await run(step)).result.status, 'ok')
    assert.equal((await run(step)).result.status, 'ok')
    assert.equal((await run({ ...step, device: two })).result.status, 'failed')
  })

  it('recognizes a device by any of its names', { skip: noLoop() }, async () => {
    const image = join(top, `image${count}`)
    execFileSync('truncate', ['-s', '2M', image])
    execFileSync('mkfs.ext4', ['-q', image])
    const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim()
    try {
      const link = join(top, `link${count}`)
      symlinkSync(device, link)
      const { fsType: _none, ...step } = mounting({ device: link })
      const first = await run(step)
      assert.equal(first.result.status, 'ok', first.failure)
      for (const name of [device, link, image]) assert.equal((await run({ ...step, device: name })).result.status, 'ok', name)
      assert.equal((await run({ ...step, device: '/dev/null' })).result.status, 'failed')
      execFileSync('umount', [point])
    } finally {
      execFileSync('losetup', ['--detach', device])
    }
  })

  it('changes nothing when dry', async () => {
    const { result, told } = await run(mounting({ dry: true }))
    assert.deepEqual([result.status, told], ['ok', [`would mount "tmpfs" at "${point}"`]])
    assert.equal(existsSync(point), false)
    await run(mounting())
    await run(unmounting({ dry: true }))
    assert.ok(isMounted())
  })

  it('reports the usage', async () => {
    await run(mounting())
    const { result, told } = await runSteps([{ kind: 'disk-usage' }], processes)
    assert.notEqual(result.status, 'failed')
    assert.match(told[0] ?? '', /^Filesystem +Size/u)
    assert.ok(told.length > 1)
  })
})
