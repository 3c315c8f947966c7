import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { skipHere } from '../support/requires.ts'
import type { Case, CaseRun, Scenery } from './cases.ts'
import { foreignThings, oldSets, smallDisk, smallTree } from './sample-files.ts'
import { setsIn, treeOf } from './tree.ts'
import { untilWritten } from './until.ts'

const withOldSets: Scenery = (_, root) => oldSets(root).length > 0
const twoGoodSets: Scenery = (_, root) => {
  for (const day of ['01', '02']) {
    mkdirSync(join(root, `2022-01-${day}T00:00:00+00:00`))
    writeFileSync(join(root, `2022-01-${day}T00:00:00+00:00`, 'f.txt'), 'good\n')
  }
  return true
}
const rotated = (why: string): Extract<Case, { kind: 'match' }> => ({ kind: 'match', why, scenery: withOldSets })

/** Nothing expired: the old sets and the new one. */
function keptAll({ ended, root }: CaseRun): void {
  assert.equal(ended.code, 0, ended.stderr)
  assert.equal(setsIn(root).length, 4)
}

/** What object came before which, by the times that they hold. */
function inOrder(...paths: readonly string[]): (run: CaseRun) => void {
  return ({ root }) => {
    const [set = ''] = setsIn(root).slice(-1)
    const times = paths.map((path) => Number(readFileSync(join(root, set, path), 'utf8')))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
      `made in the order ${paths.join(', ')}`,
    )
  }
}

function made(...paths: readonly string[]): (run: CaseRun) => void {
  return (run) => {
    assert.equal(run.ended.code, 0, run.ended.stderr)
    inOrder(...paths)(run)
  }
}

/** Cases about sets: layout, modes, order, rotation. */
export const setCases: Readonly<Record<string, Case>> = {
  '01-localfs-groups': { kind: 'match', why: 'groups, nested paths, an empty pipeline' },
  '02-modes': { kind: 'match', why: 'folders less the umask, files exactly' },
  '03-rot-count': rotated('two sets stay'),
  '03d-rot-count-negative': rotated('a negative limit leaves the new set alone'),
  '03e-rot-count-neginf': { kind: 'differs', why: 'minus infinity is no limit, as the manual says', scenery: withOldSets, wanted: keptAll },
  '03f-rot-count-nan': { kind: 'match', why: 'no number; refused while loading', scenery: withOldSets, stderr: /nb-copy-limit/u },
  '03g-rot-count-null': { kind: 'differs', why: 'null is the default: no limit', scenery: withOldSets, wanted: keptAll },
  '03h-rot-count-bad': { kind: 'match', why: 'no number', scenery: withOldSets, stderr: /nb-copy-limit/u },
  '03j-rot-size-neginf': { kind: 'differs', why: 'minus infinity is no limit, as the manual says', scenery: withOldSets, wanted: keptAll },
  '03l-rot-infinity-literal-jsonc': { kind: 'match', why: 'the bare word is for .json alone', scenery: withOldSets, stderr: /Infinity/u },
  '04-rot-size': rotated('one of three old sets goes'),
  '05-rot-both': rotated('both limits hold'),
  '06-rot-foreign': {
    kind: 'differs',
    why: 'only sets count and go; what else lies there is nobody of ours',
    scenery: ({ run }, root) => [...oldSets(root), ...foreignThings(root, join(run, 'elsewhere'))].length > 0,
    wanted: ({ ended, root, place }) => {
      assert.equal(ended.code, 0, ended.stderr)
      assert.deepEqual(setsIn(root).slice(0, -1), ['2022-01-03T00:00:00+00:00'])
      assert.equal(setsIn(root).length, 2)
      for (const path of ['0-photos/one.jpg', '1-link/precious', 'README', 'lost+found']) assert.ok(existsSync(join(root, path)), path)
      assert.ok(existsSync(join(place.run, 'elsewhere/precious')))
    },
  },
  '06c-rot-fails': {
    kind: 'differs',
    why: 'a rotation that fails never touches the new set; the rest of the old one waits for a later sweep',
    leavesWork: true,
    scenery: (place, root, t) => {
      const [oldest = ''] = oldSets(root)
      return smallDisk(t, place, { folder: join(root, oldest, 'mnt'), options: 'size=1m' })
    },
    wanted: ({ ended, root }) => {
      assert.equal(ended.code, 1)
      assert.match(ended.stderr, /2022-01-01T00:00:00\+00:00/u)
      const [newest = ''] = setsIn(root).slice(-1)
      assert.match(newest, /^20(?:2[4-9]|[3-9])/u)
      assert.equal(readFileSync(join(root, newest, 'f.txt'), 'utf8'), 'new\n')
      assert.ok(setsIn(root).includes('2022-01-03T00:00:00+00:00'))
    },
  },
  '06e-localfs-no-param': { kind: 'match', why: 'no root', stderr: /backend-param|root/u },
  '06f-localfs-no-root': { kind: 'match', why: 'no root', stderr: /root/u },
  '07o-no-rollback-of-existing': { kind: 'match', why: 'the first set in a root' },
  '07r-block-size-float': {
    kind: 'differs',
    why: 'a whole number of bytes, however it is written',
    wanted: ({ ended, root }) => {
      assert.equal(ended.code, 0, ended.stderr)
      assert.ok(treeOf(root).some((line) => line.startsWith('f 0640 SET/f size=2 ')))
    },
  },
  '11o-same-task-twice-same-second': {
    kind: 'differs',
    why: 'every run makes its objects, under the next free second',
    wanted: ({ ended, root }) => {
      assert.equal(ended.code, 0, ended.stderr)
      const sets = setsIn(root)
      assert.equal(sets.length, 2)
      for (const set of sets) assert.equal(readFileSync(join(root, set, 'f'), 'utf8'), 'data\n')
    },
  },
  '14b-redundant-dep': { kind: 'differs', why: 'only real cycles are refused', wanted: made('a', 'b', 'c') },
  '14c-forward-ref': { kind: 'match', why: 'groups in any order', withoutDigests: true, also: inOrder('e', 'l') },
  '14d-depends-default-undeclared': { kind: 'differs', why: 'the group "default" is always there', wanted: made('d', 'x') },
  '14e-depends-default-declared': { kind: 'match', why: 'the group "default" declared', withoutDigests: true, also: inOrder('d', 'x') },
  '14k-empty-dep-group': {
    kind: 'differs',
    why: 'an empty group holds nobody up',
    wanted: ({ ended, root }) => {
      assert.equal(ended.code, 0, ended.stderr)
      assert.equal(treeOf(root).filter((line) => line.startsWith('f ')).length, 2)
    },
  },
  '14n-no-objects': { kind: 'match', why: 'a set may be empty' },
  '14p-order-1worker': {
    kind: 'match',
    why: 'declared groups in their order, then the others; one worker',
    withoutDigests: true,
    also: inOrder('g2a', 'g1a', 'g1b', 'd1', 'd2', 'g3a'),
  },
  '14q-workers-1': { kind: 'match', why: 'all at once' },
  '14q-workers0': { kind: 'match', why: 'as many as processors' },
  '14q-workers1': { kind: 'match', why: 'one after another', long: true },
  '21-partial-visible': {
    kind: 'match',
    why: 'the same set in the end; nothing of it before',
    start: (_, root) => ({ meanwhile: () => untilWritten(root, 'slow.txt').then(() => assert.deepEqual(setsIn(root), [])) }),
  },
  '22-throughput-default-bs': { kind: 'match', why: 'one GiB', long: true },
  '22b-throughput-1m-bs': { kind: 'match', why: 'one GiB', long: true },
  '24-two-processes-same-second': {
    kind: 'elsewhere',
    why: 'no single run; two runs at once are tested by name: one task twice, two tasks on one root',
  },
  '26-verbose-none': { ...rotated('says what it does'), stderr: /f\.txt/u },
  '26-verbose-q': rotated('says nothing'),
  '26-verbose-v': { ...rotated('says more'), stderr: /2022-01-01/u },
  '28-a-killed': {
    kind: 'differs',
    why: 'a run that is ended leaves no set',
    scenery: twoGoodSets,
    start: (_, root) => ({ meanwhile: (pid) => untilWritten(root, 'f.txt').then(() => void process.kill(pid, 'SIGTERM')) }),
    wanted: ({ ended, root }) => {
      assert.equal(ended.signal, 'SIGTERM')
      assert.deepEqual(setsIn(root), ['2022-01-01T00:00:00+00:00', '2022-01-02T00:00:00+00:00'])
    },
  },
  '28-b-next-run': {
    kind: 'differs',
    why: 'what was ended does not count, so the newest good set stays',
    scenery: twoGoodSets,
    wanted: ({ ended, root }) => {
      assert.equal(ended.code, 0)
      assert.equal(setsIn(root).length, 2)
      assert.equal(setsIn(root)[0], '2022-01-02T00:00:00+00:00')
    },
  },
  '29-tar-zstd': {
    kind: 'match',
    why: 'the usual backup of files, with the shipped definitions',
    withoutDigests: true,
    scenery: ({ run }, _, t) => {
      smallTree(join(run, '29/tree'))
      for (const program of ['/bin/tar', '/bin/zstd', '/bin/dpkg-query']) {
        if (existsSync(program)) continue
        skipHere(t, `${program} is not installed`)
        return false
      }
      return true
    },
    also: ({ root, place }) => {
      const [set = ''] = setsIn(root)
      assert.equal(readFileSync(join(root, set, 'os-release'), 'utf8'), readFileSync('/etc/os-release', 'utf8'))
      const back = join(place.run, 'back')
      mkdirSync(back)
      const script = 'zstd -dqc "$1/root.tar.zstd" | tar -xf - -C "$2" && diff -r --no-dereference "$3" "$2/tree"'
      const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', join(root, set), back, join(place.run, '29/tree')], {
        encoding: 'utf8',
      })
      assert.equal(status, 0, stdout + stderr)
    },
  },
}
