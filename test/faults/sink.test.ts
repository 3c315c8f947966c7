import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openSetup } from './setup.ts'
import { assertClean, assertFailed, configureSimple, runWell } from './simple-plan.ts'
import { cannotMount, mountSmallDisk, type SmallDisk } from './small-disk.ts'

describe('a limit on the size of files', () => {
  const cases: readonly (readonly [bytes: number, what: string, says: RegExp])[] = [
    [10_000, 'the object', /^error: could not write the object: .*\n.*object "a"\n.*ulimit -f/u],
    [1000, 'the guide', /^error: could not write "[^"]*RESTORE\.md": file too large/u],
    [100, 'the record of the run', /^error: could not write "[^"]*run\.json": file too large/u],
  ]
  for (const [bytes, what, says] of cases) {
    it(`fails the run when it does not hold ${what}, and leaves nothing`, async (t) => {
      const setup = openSetup(t)
      configureSimple(setup, { bytes: what === 'the object' ? 20_000 : 10 })
      const before = await runWell(setup)
      assertFailed(await setup.start(['-q', 'run'], { under: ['prlimit', `--fsize=${bytes}`] }), says)
      assert.deepEqual(assertClean(setup), before)
      await runWell(setup)
    })
  }
})

describe('something in the way', () => {
  it('of the root: a file', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup)
    writeFileSync(setup.root, 'a file')
    assertFailed(await setup.run(['-q', 'run']), /^error: could not open "[^"]*\/root": a part of the path is not a folder/u)
    rmSync(setup.root)
    await runWell(setup)
  })

  it('of the work area: a file, or a link that leads elsewhere', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup)
    const elsewhere = join(setup.top, 'elsewhere')
    mkdirSync(join(elsewhere, 'precious'), { recursive: true })
    const before = await runWell(setup)
    for (const put of [(at: string) => writeFileSync(at, 'a file'), (at: string) => symlinkSync(elsewhere, at)]) {
      const area = join(setup.root, '.holdfast-work')
      put(area)
      assertFailed(await setup.run(['-q', 'run']), /^error: "[^"]*\.holdfast-work" is not a folder\n/u)
      assert.deepEqual(readdirSync(elsewhere), ['precious'])
      rmSync(area)
      assert.deepEqual(assertClean(setup), before)
    }
    await runWell(setup)
  })

  it('with the same name: a folder, a file, a dangling link. The set uses the next second, and the entry is kept', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup)
    const second = (count: number) => `2020-05-05T05:05:0${count}+00:00`
    mkdirSync(join(setup.root, second(0), 'sub'), { recursive: true })
    writeFileSync(join(setup.root, second(1)), 'a file')
    symlinkSync('/nowhere', join(setup.root, second(2)))
    const { code, stderr } = await setup.run(['-q', 'run'], { clock: () => new Date('2020-05-05T05:05:00Z') })
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(readdirSync(setup.root), [second(0), second(1), second(2), second(3)])
    assert.deepEqual(readdirSync(join(setup.root, second(0))), ['sub'])
  })
})

describe('a root that cannot be written', { skip: cannotMount() }, () => {
  it('is read-only: the run fails with the reason, and succeeds when it is writable again', async (t) => {
    let disk: SmallDisk | undefined
    const setup = openSetup(t, () => disk?.unmount())
    disk = mountSmallDisk(setup.root, 'size=16m')
    configureSimple(setup)
    const before = await runWell(setup)
    disk.remount('ro')
    assertFailed(await setup.run(['-q', 'run']), /^error: could not create the folder "[^"]*": read-only file system/u)
    assert.deepEqual(assertClean(setup), before)
    disk.remount('rw')
    await runWell(setup)
  })

  it('is not mounted any more: nothing is written under the mount point', async (t) => {
    let disk: SmallDisk | undefined
    const setup = openSetup(t, () => disk?.unmount())
    disk = mountSmallDisk(setup.root, 'size=16m')
    configureSimple(setup)
    await runWell(setup)
    disk.unmount()
    disk = undefined
    assertFailed(await setup.run(['-q', 'run']), /^error: "[^"]*\/root" is not mounted[^\n]*\n[^\n]*\n {2}hint: Mount "/u)
    assert.deepEqual(readdirSync(setup.root), [])
    disk = mountSmallDisk(setup.root, 'size=16m')
    await runWell(setup)
  })
})
