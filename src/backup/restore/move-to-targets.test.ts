import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { closeFolder, openFolder } from '../../files/folder.ts'
import { BackupError } from '../set/errors.ts'
import { moveToTargets } from './move-to-targets.ts'

const TARGETS = ['a', 'sub/b', 'c'] as const

/** A destination with an old content of every target, and a staging folder with a new one of each. */
async function open(t: TestContext) {
  const to = join(temporaryFolder(t), 'to')
  mkdirSync(join(to, 'sub'), { recursive: true })
  mkdirSync(join(to, 'staging'))
  for (const [index, target] of TARGETS.entries()) {
    writeFileSync(join(to, target), `old ${target}`)
    writeFileSync(join(to, 'staging', String(index)), `new ${target}`)
  }
  const [destination, staging] = await Promise.all([openFolder(to), openFolder(join(to, 'staging'))])
  t.after(() => Promise.all([destination, staging].map(closeFolder)))
  const built = TARGETS.map((target, index) => ({ name: String(index), target }))
  const place = (overwrite: boolean, failpoint?: (point: string) => void) => moveToTargets(built, { destination, staging, overwrite, failpoint })
  const contents = () => TARGETS.map((target) => readFileSync(join(to, target), 'utf8'))
  const kept = () => readdirSync(to).filter((name) => name.startsWith('.holdfast-replaced-'))
  return { to, place, contents, kept }
}

const OLD = TARGETS.map((target) => `old ${target}`)
const NEW = TARGETS.map((target) => `new ${target}`)

/** Does it when that point is passed for the nth time. */
function at(point: string, nth: number, work: () => void): (point: string) => void {
  let passed = 0
  return (it) => {
    if (it === point && ++passed === nth) work()
  }
}

describe('placing built objects', () => {
  it('replaces all of it, and keeps nothing in the end', async (t) => {
    const { to, place, contents, kept } = await open(t)
    assert.deepEqual(await place(true), { isReadable: true, warnings: [] })
    assert.deepEqual([contents(), kept(), readdirSync(join(to, 'staging'))], [NEW, [], []])
  })

  it('never replaces new entries without --overwrite', async (t) => {
    const { place, contents, kept } = await open(t)
    await assert.rejects(place(false), (error) => error instanceof BackupError && error.code === 'backup/in-the-way')
    assert.deepEqual([contents(), kept()], [OLD, []])
  })

  it('puts all back when one cannot be placed', async (t) => {
    for (const point of ['restore-moved-aside', 'restore-moved']) {
      for (const nth of [1, 2, 3]) {
        const { to, place, contents, kept } = await open(t)
        const spoil = () => {
          rmSync(join(to, 'staging/2'), { force: true })
          if (point === 'restore-moved') renameSync(join(to, 'sub'), join(to, 'sub.away'))
        }
        if (point === 'restore-moved' && nth > 1) continue
        await assert.rejects(place(true, at(point, nth, spoil)))
        if (point === 'restore-moved') renameSync(join(to, 'sub.away'), join(to, 'sub'))
        assert.deepEqual([contents(), kept()], [OLD, []], `${point} ${nth}`)
      }
    }
  })

  it('puts nothing through a link that a folder was exchanged for', async (t) => {
    const { to, place, kept } = await open(t)
    mkdirSync(join(to, 'elsewhere'))
    const exchange = () => {
      renameSync(join(to, 'sub'), join(to, 'sub.away'))
      symlinkSync('elsewhere', join(to, 'sub'))
    }
    await assert.rejects(place(true, at('restore-moved', 1, exchange)), /create the folder of/u)
    assert.deepEqual([readdirSync(join(to, 'elsewhere')), readFileSync(join(to, 'a'), 'utf8'), kept()], [[], 'old a', []])
  })

  it('replaces nothing that appears at the last moment, also with --overwrite', async (t) => {
    const { to, place, kept } = await open(t)
    const appear = () => writeFileSync(join(to, 'a'), 'foreign')
    await assert.rejects(place(true, at('restore-moved-aside', 1, appear)), (error) => {
      assert.ok(error instanceof BackupError && error.code === 'backup/not-put-back')
      assert.match(error.message, /^".*\/a" already exists; and could not move the replaced files back: ".*\/a" already exists$/u)
      return true
    })
    const [folder = ''] = kept()
    assert.deepEqual([readFileSync(join(to, 'a'), 'utf8'), readFileSync(join(to, folder, '0'), 'utf8')], ['foreign', 'old a'])
  })

  it('removes only what it placed when it goes back, and reports the rest', async (t) => {
    const { to, place } = await open(t)
    for (const target of TARGETS) rmSync(join(to, target))
    const spoil = () => {
      rmSync(join(to, 'a'))
      writeFileSync(join(to, 'a'), 'foreign')
      rmSync(join(to, 'staging/2'))
    }
    await assert.rejects(place(false, at('restore-moved', 2, spoil)), (error) => {
      assert.ok(error instanceof BackupError && error.code === 'backup/not-put-back')
      assert.match(error.message, /could not remove the restored files: ".*\/a" cannot be identified: another program may have replaced it$/u)
      return true
    })
    assert.equal(readFileSync(join(to, 'a'), 'utf8'), 'foreign')
    assert.deepEqual([readdirSync(to).toSorted(), readdirSync(join(to, 'sub'))], [['a', 'staging', 'sub'], []])
  })

  it('keeps and reports entries that could not be moved back', async (t) => {
    const { to, place, kept } = await open(t)
    const spoil = () => {
      rmSync(join(to, 'staging/2'))
      rmSync(join(to, 'staging'), { recursive: true })
    }
    await assert.rejects(place(true, at('restore-moved', 2, spoil)), (error) => {
      assert.ok(error instanceof BackupError && error.code === 'backup/not-put-back')
      assert.match(error.hint ?? '', /replaced files back from ".*\.holdfast-replaced-/u)
      return true
    })
    const [folder = ''] = kept()
    assert.deepEqual(readdirSync(join(to, folder)), ['0', '1', 'owner.json', 'targets.json'])
    assert.equal(readFileSync(join(to, folder, '1'), 'utf8'), 'old sub/b')
    assert.deepEqual(JSON.parse(readFileSync(join(to, folder, 'targets.json'), 'utf8')), { 0: 'a', 1: 'sub/b', 2: 'c' })
    assert.equal(readFileSync(join(to, 'c'), 'utf8'), 'old c')
  })
})
