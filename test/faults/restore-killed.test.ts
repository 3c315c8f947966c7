import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { hostId } from '../../src/process/identity/host-id.ts'
import { mountRemote, noRemoteMount } from '../support/remote-mount.ts'
import { someOf } from '../support/some-of.ts'
import { openSetup } from './setup.ts'
import { configureSimple, runWell } from './simple-plan.ts'
import { RESTORE_POINTS } from './stop-points.ts'

/** Points that only a restore comes to which replaces something. */
const ONLY_WHEN_REPLACING = new Set(['restore-moved-aside', 'restore-flushed', 'restore-given-up'])
const ALL_IN_PLACE = new Set(['restore-placed', 'restore-all-moved', 'restore-flushed', 'restore-given-up'])
/** From here on everything new is on the device. */
const GIVEN_UP = new Set(['restore-placed', 'restore-given-up'])

const shown = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('.'))
const keptIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('.holdfast-replaced-'))

describe('a restore that is killed with SIGKILL', () => {
  for (const point of someOf(
    RESTORE_POINTS.filter((it) => !ONLY_WHEN_REPLACING.has(it)),
    2,
  )) {
    it(`at "${point}": existing files are kept, and the next restore removes the remains`, async (t) => {
      const setup = openSetup(t)
      configureSimple(setup)
      await runWell(setup)
      const to = join(setup.top, 'restored')
      mkdirSync(to)
      writeFileSync(join(to, 'precious'), 'was here before')

      const args = ['-q', 'restore', 'default', 'latest', '--to', to]
      const { signal, stderr } = await setup.start(args, { at: [point, 'KILL'] })
      assert.equal(signal, 'SIGKILL', stderr)
      const placed = ALL_IN_PLACE.has(point) ? ['a', 'precious', 'sub'] : point === 'restore-moved' ? ['a', 'precious'] : ['precious']
      assert.deepEqual(shown(to), placed)

      const again = await setup.run([...args, '--overwrite'])
      assert.deepEqual([again.code, again.stderr], [0, ''])
      assert.deepEqual(readdirSync(to), ['a', 'precious', 'sub'])
      assert.equal(readFileSync(join(to, 'sub/b'), 'utf8'), 'b\n')
      assert.equal(readFileSync(join(to, 'precious'), 'utf8'), 'was here before')
      assert.ok(!existsSync(join(to, 'restored')))
      assert.deepEqual(setup.living(), [])
    })
  }

  it('leaves nothing that the next run does not remove or report', async (t) => {
    for (const point of ['restore-built', 'restore-moved-aside']) {
      const setup = openSetup(t)
      configureSimple(setup)
      await runWell(setup)
      const to = join(setup.top, 'restored')
      mkdirSync(to)
      if (point === 'restore-moved-aside') writeFileSync(join(to, 'a'), 'old a')
      const { signal, stderr } = await setup.start(['-q', 'restore', 'default', 'latest', '--to', to, '--overwrite'], { at: [point, 'KILL'] })
      assert.equal(signal, 'SIGKILL', stderr)
      assert.match(readdirSync(to).join(), /\.holdfast-restore-/u)
      const next = await setup.run(['run', 'default'])
      assert.equal(next.code, 0, next.stderr)
      const isBack = point === 'restore-moved-aside'
      assert.equal(/put back ".*\/a", which an interrupted restore was replacing/u.test(`${next.stdout}${next.stderr}`), isBack)
      assert.deepEqual(readdirSync(to), isBack ? ['a'] : [])
      if (isBack) assert.equal(readFileSync(join(to, 'a'), 'utf8'), 'old a')
      assert.equal(readdirSync(join(setup.state, 'restores')).length, 0)
    }
  })

  for (const point of someOf([...RESTORE_POINTS, 'restore-moved-aside#2', 'restore-moved#2'], 2)) {
    it(`at "${point}" of --overwrite: replaced files are in place, put back, or in a folder that the next restore reports and keeps`, async (t) => {
      const setup = openSetup(t)
      configureSimple(setup)
      await runWell(setup)
      const to = join(setup.top, 'restored')
      mkdirSync(join(to, 'sub'), { recursive: true })
      const targets = ['a', 'sub/b']
      for (const target of targets) writeFileSync(join(to, target), `old ${target}`)

      const args = ['-q', 'restore', 'default', 'latest', '--to', to, '--overwrite']
      const { signal, stderr } = await setup.start(args, { at: [point, 'KILL'] })
      assert.equal(signal, 'SIGKILL', stderr)
      const found = targets.map((target) => placesOfOld(to, target))
      assert.deepEqual(
        found.map((places) => places.length),
        point === 'restore-placed' ? [0, 0] : [1, 1],
      )
      const missing = targets.filter((target) => !existsSync(join(to, target)))
      const again = await setup.run(args)
      assert.equal(again.code, 0, again.stderr)
      for (const target of missing) assert.match(again.stderr, new RegExp(`^warning: put back ".*/${target}", which an`, 'mu'))
      const remaining = found.flat().filter((_, index) => !missing.includes(targets[index] ?? ''))
      assertKept(to, GIVEN_UP.has(point) ? [] : remaining, again.stderr, missing.length)
      assert.deepEqual(shown(to), ['a', 'sub'])
      for (const target of targets) assert.doesNotMatch(readFileSync(join(to, target), 'utf8'), /old/u)
      assert.deepEqual(
        readdirSync(to).filter((name) => name.startsWith('.holdfast-restore-')),
        [],
      )
      assert.deepEqual(setup.living(), [])
    })
  }
})

/** Where the old content of a target is now. */
function placesOfOld(to: string, target: string): readonly string[] {
  const kept = keptIn(to).flatMap((name) => readdirSync(join(to, name)).map((it) => join(to, name, it)))
  return [join(to, target), ...kept].filter((it) => existsSync(it) && readFileSync(it, 'utf8') === `old ${target}`)
}

/** What was in a folder of what is replaced is there still, and the restore after it has said so. */
function assertKept(to: string, old: readonly string[], stderr: string, backs: number): void {
  const inFolder = old.filter((it) => it.includes('.holdfast-replaced-'))
  for (const place of inFolder) assert.ok(existsSync(place), place)
  const isKept = inFolder.length > 0
  if (isKept) assert.match(stderr, /^warning: .*contains files that an interrupted restore had replaced: "a" as "0"/mu)
  else assert.equal(stderr.match(/^warning: /gmu)?.length ?? 0, backs)
  assert.equal(keptIn(to).length, isKept ? 1 : 0)
}

describe('a restore of an earlier boot, or on a clone of this host', { skip: noRemoteMount }, () => {
  it('is left alone on a file system that several hosts may have mounted', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup)
    await runWell(setup)
    const to = await mountRemote(t)
    const staging = join(to, '.holdfast-restore-x')
    mkdirSync(staging)
    writeFileSync(join(staging, 'owner.json'), JSON.stringify({ host: hostId(), boot: 'another', pid: 1, start: 1 }))
    const { code, stderr } = await setup.run(['restore', 'default', 'latest', '--to', to])
    assert.equal(code, 0, stderr)
    assert.match(
      stderr,
      /kept ".*\/\.holdfast-restore-x" of a restore in an earlier boot of this host, or on a clone of it: remove the folder if no/u,
    )
    assert.deepEqual(readdirSync(to).toSorted(), ['.holdfast-restore-x', 'a', 'sub'])
  })
})
