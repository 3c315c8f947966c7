import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Case, cases } from './palhm/cases.ts'
import { type Ended, openPlace, type Place } from './palhm/place.ts'
import {
  assertDecent,
  assertEndedAlike,
  assertTreeAlike,
  copyConfigs,
  placed,
  type Recorded,
  readRecord,
  recordedNames,
  replay,
  unplaced,
} from './palhm/recorded.ts'
import { leftInWork, missingOfOurs, setsIn } from './palhm/tree.ts'
import { someOf } from './support/some-of.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'

describe('recorded cases', { concurrency: 3 }, () => {
  it('are all in the table', () => {
    assert.deepEqual(
      recordedNames.filter((name) => !Object.hasOwn(cases, name)),
      [],
    )
    assert.deepEqual(
      Object.keys(cases).filter((name) => !recordedNames.includes(name)),
      [],
    )
  })
  for (const name of someOf(recordedNames, 2)) {
    const expected = cases[name]
    if (expected === undefined) continue
    const skip = expected.kind !== 'elsewhere' && expected.long && !isLong ? 'takes seconds: npm run test:long' : false
    it(`${name}: ${titleOf(expected)}`, { skip }, (t) => tryCase(t, name, expected))
  }
})

function titleOf({ kind, why }: Case): string {
  return kind === 'match' ? why : `${kind}: ${why}`
}

async function tryCase(t: TestContext, name: string, expected: Case): Promise<void> {
  if (expected.kind === 'elsewhere' && expected.loads === undefined) return t.skip(expected.why)
  const record = readRecord(name)
  const place = openPlace(t)
  // Some cases use the configuration of another number, named in their arguments; 01 serves as a text with comments.
  copyConfigs(place, new Set([name, ...record.args.map((arg) => arg.slice(arg.lastIndexOf('/') + 1)), '01'].map((it) => it.slice(0, 2))))
  if (expected.kind === 'elsewhere') return assertLoads(record, place)
  const root = rootOf(name, place)
  if ((await expected.scenery?.(place, root, t)) === false) return
  const ended = await replay(record, place, expected.start?.(place, root))
  assertDecent(ended, record.args.includes('-q') && expected.chatty !== true)
  const run = { t, place, ended, root }
  if (expected.kind === 'differs') await expected.wanted(run)
  else await assertMatches(run, record, expected)
  assertTidy(root, expected.leavesWork === true)
}

async function assertMatches(
  run: { readonly t: TestContext; readonly place: Place; readonly ended: Ended; readonly root: string },
  record: Recorded,
  expected: Extract<Case, { kind: 'match' }>,
): Promise<void> {
  const { ended, place } = run
  assertEndedAlike(ended, record)
  if (expected.stdout === undefined) assert.equal(unplaced(ended.stdout, place), record.stdout)
  for (const pattern of expected.stdout ?? []) assert.match(ended.stdout, pattern)
  if (expected.stderr !== undefined) assert.match(ended.stderr, expected.stderr)
  assertTreeAlike(record, place, expected.withoutDigests)
  await expected.also?.(run)
}

/** `config` shows everything that a run would go by. */
async function assertLoads({ args }: Recorded, place: Place): Promise<void> {
  const file = placed(args[args.indexOf('-f') + 1] ?? '', place)
  const { code, stdout, stderr } = await place.start(['-f', file, 'config'])
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.match(stdout, /s3:|boot report:\n {2}sent by:/iu)
}

/** The recorder had made every root but the one whose parents are the case. */
function rootOf(name: string, { run }: Place): string {
  const id = { '02': '02/p1/p2', '26': '03' }[name.slice(0, 2)] ?? name.slice(0, name.indexOf('-'))
  const root = join(run, id, 'root')
  if (!name.startsWith('02')) mkdirSync(root, { recursive: true })
  return root
}

/** Every new set is whole without us, and nothing else of ours is left. */
function assertTidy(root: string, leavesWork: boolean): void {
  if (!leavesWork) assert.deepEqual(leftInWork(root), [])
  for (const set of setsIn(root)) if (!set.startsWith('2022')) assert.deepEqual(missingOfOurs(join(root, set)), [])
}
