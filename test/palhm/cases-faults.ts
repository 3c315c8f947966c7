import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../support/time-limits.ts'
import type { Case, CaseRun, Scenery } from './cases.ts'
import { smallDisk } from './sample-files.ts'
import { leftInWork, setsIn, treeOf } from './tree.ts'
import { untilWritten } from './until.ts'

/** Exit code 1 of its own accord, the failing thing named, nothing in the root and nobody alive. */
function failsCleanly(why: string, stderr: RegExp, scenery?: Scenery): Case {
  return {
    kind: 'differs',
    why,
    ...(scenery && { scenery }),
    wanted: (run) => {
      assert.equal(run.ended.code, 1)
      assert.match(run.ended.stderr, stderr)
      assertNothingLeft(run)
    },
  }
}

/** A failing run whose outcome is on record and clean. */
function failed(why: string, stderr: RegExp): Case {
  return { kind: 'match', why, stderr, also: assertNothingLeft }
}

function assertNothingLeft({ root, place }: CaseRun): void {
  assert.deepEqual(setsIn(root), [])
  assert.deepEqual(leftInWork(root), [])
  assert.deepEqual(place.leftOver(), [])
}

/** Stopped by a signal as soon as an object holds bytes: dies by it, rolled back. */
function stopped(signal: 'SIGINT' | 'SIGTERM'): Case {
  return {
    kind: 'differs',
    why: 'rolls back at once, with the children ended, and dies by the signal',
    start: (_, root) => ({ meanwhile: (pid) => untilWritten(root, 'slow.txt').then(() => void process.kill(pid, signal)) }),
    wanted: (run) => {
      assert.equal(run.ended.signal, signal)
      assertNothingLeft(run)
    },
  }
}

const NO_HANG = 'a reader that fails ends its writers, and the run'

/** Cases about what goes wrong. */
export const faultCases: Readonly<Record<string, Case>> = {
  '07a-fail-first': failed('one object of two fails', /exit.* 3/u),
  '07b-fail-middle-small': failsCleanly('never anything left of a failing run', /\/bin\/false/u),
  '07c-fail-middle-big-HANG': failsCleanly(NO_HANG, /\/bin\/false/u),
  '07c-hang-then-INT': failsCleanly('no signal is needed: it ends by itself', /\/bin\/false/u),
  '07c-hang-then-TERM': failsCleanly('no signal is needed: it ends by itself', /\/bin\/false/u),
  '07e-sink-fail-small': failed('"a" and "a/b" are refused while loading', /"a\/b"/u),
  '07f-sink-fail-big-HANG': failsCleanly('"a" and "a/b" are refused while loading', /"a"/u),
  '07g-enospc-HANG': failsCleanly('a full disk ends the run', /No space left/u, (place, root, t) =>
    smallDisk(t, place, { folder: root, options: 'size=1m' }),
  ),
  '07i-cmd-not-found': failed('a program that is not there', /\/no\/such\/cmd/u),
  '07j-signal-death': failed('death by a signal is never accepted', /SIGTERM/u),
  '07k-first-fails-rest-slow': failsCleanly('the stages of a failed object are ended', /exit.* 3/u),
  '07l-queued-siblings-still-run': {
    kind: 'differs',
    why: 'nothing new is begun after a failure',
    wanted: (run) => {
      assert.equal(run.ended.code, 1)
      assert.doesNotMatch(run.ended.stderr, /s1\.txt|s2\.txt/u)
      assertNothingLeft(run)
    },
  },
  '07p-empty-argv': failed('no program named', /argv/u),
  '07s-path-escape': {
    kind: 'differs',
    why: 'paths that lead out of the set, or to one file, are refused while loading',
    wanted: (run) => {
      assert.equal(run.ended.code, 1)
      assert.match(run.ended.stderr, /objects\[0\]\.path: .*leads out/u)
      assert.match(run.ended.stderr, /objects\[3\]\.path: .*"f"/u)
      assert.equal(existsSync(join(run.place.run, '07s/esc')), false)
      assert.deepEqual(treeOf(run.root), [])
    },
  },
  '07t-dup-path': failed('one path twice', /"f"/u),
  '07v-early-reader-slow-upstream': { kind: 'match', why: 'a reader that ends early harms nobody' },
  '08-rollback-race': { kind: 'elsewhere', why: 'counts of some 740 runs; many failing runs are a test by name' },
  '09-signal-INT': stopped('SIGINT'),
  '09-signal-TERM': stopped('SIGTERM'),
  '11c-term-unmasked': {
    kind: 'match',
    why: 'dies by the signal, its child with it',
    start: (place) => ({
      meanwhile: (pid) => until(() => place.leftOver().some((text) => text.includes('/bin/sleep'))).then(() => void process.kill(pid, 'SIGTERM')),
    }),
    also: ({ place }) => assert.deepEqual(place.leftOver(), []),
  },
  '13d-child-stderr-lost': failed('what the failing program said is told', /\/no\/such\/dir.*No such file/u),
  '23-check-down': failed('the query itself fails', /exit.* 9/u),
  '23-check-mixed': failed('one of two without an answer', /exit.* 1/u),
}
