import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseSetName } from '../../src/backup/set/set-name.ts'
import { openPlace, type Place } from './place.ts'

const setsOf = ({ folder }: Place) =>
  readdirSync(join(folder, 'root/nightly'))
    .filter((it) => it.startsWith('2'))
    .toSorted()

function open(t: { after(work: () => void): void }, keep: string) {
  const place = openPlace(t)
  place.configure('{ o: { exec: { argv: [echo, x] } } }', `defaults: { keep: ${keep} }`)
  const run = () => {
    assert.equal(place.run('-q', 'run').status, 0)
    return setsOf(place).at(-1) ?? ''
  }
  return { place, run, sideFolder: join(place.folder, 'root/nightly/.holdfast-index') }
}

describe('holds', () => {
  it('keep a set through rotations until it is released, without taking the place of others', (t) => {
    const { place, run } = open(t, '{ last: 2 }')
    const first = run()
    const without = place.run('hold', 'nightly', first)
    assert.deepEqual([without.status, without.stdout], [2, ''])
    assert.match(without.stderr, /--reason/u)
    const held = place.run('hold', 'nightly', first, '--reason', 'audit 7', '--until', '2199-12-31')
    assert.deepEqual([held.status, held.stderr], [0, ''])
    const others = [run(), run(), run()]
    assert.deepEqual(setsOf(place), [first, ...others.slice(1)])
    assert.match(place.run('rotate', 'nightly', '--dry-run').stdout, /held until 2199-12-31: audit 7/u)
    assert.equal(place.run('release', 'nightly', first).status, 0)
    const again = place.run('release', 'nightly', first)
    assert.deepEqual([again.status, /no hold of the set/u.test(again.stderr)], [1, true])
    const last = run()
    assert.deepEqual(setsOf(place), [others.at(-1), last])
  })

  it('do not end while only the new set is later, as after a jump of the clock', (t) => {
    const { place, run, sideFolder } = open(t, '{ last: 1 }')
    const first = run()
    mkdirSync(sideFolder, { recursive: true })
    // The end is between the only older set and the new one.
    const until = new Date((parseSetName(first)?.getTime() ?? 0) + 500).toISOString()
    writeFileSync(join(sideFolder, `${first}.hold`), JSON.stringify({ version: 1, set: first, reason: 'audit', until, host: 'h', at: until }))
    const second = run()
    assert.deepEqual(setsOf(place), [first, second])
    const third = run()
    assert.deepEqual(setsOf(place), [third])
  })

  it('end at their date; a damaged hold has none', (t) => {
    const { place, run } = open(t, '{ last: 1 }')
    const [first, second] = [run(), run()]
    assert.deepEqual(setsOf(place), [second])
    assert.equal(place.run('hold', 'nightly', second, '--reason', 'past', '--until', '2199-01-01').status, 0)
    place.shell(`sed -i s/2199/2020/ root/nightly/.holdfast-index/${second}.hold`)
    const third = run()
    assert.deepEqual(setsOf(place), [third])
    assert.notEqual(first, third)
    writeFileSync(join(place.folder, `root/nightly/.holdfast-index/${third}.hold`), '{')
    const fourth = run()
    assert.deepEqual(setsOf(place), [third, fourth])
  })

  it('are refused for a day that has passed or does not exist', (t) => {
    const { place, run } = open(t, '{ last: 1 }')
    const set = run()
    const hold = (until: string) => place.run('hold', 'nightly', set, '--reason', 'x', '--until', until)
    for (const [until, why] of [
      ['2020-01-01', /the day 2020-01-01 of --until has passed/u],
      ['2199-02-29', /invalid date "2199-02-29"/u],
    ] as const) {
      const { status, stderr } = hold(until)
      assert.equal(status, 2)
      assert.match(stderr, why)
    }
    assert.equal(hold(new Date(Date.now() + 60_000).toISOString().slice(0, 10)).status, 0)
  })

  it('the newest set that a drill has proven is kept', (t) => {
    const { place, run } = open(t, '{ last: 1 }')
    const first = run()
    const sideFolder = join(place.folder, 'root/nightly/.holdfast-records')
    writeFileSync(join(sideFolder, `${first}.20260101T000000000Z.proven.drill`), '{}')
    writeFileSync(join(sideFolder, `${first}.20260102T000000000Z.inconclusive.drill`), '{}')
    const second = run()
    assert.deepEqual(setsOf(place), [first, second])
    writeFileSync(join(sideFolder, `${first}.20260103T000000000Z.failed.drill`), '{}')
    const third = run()
    assert.deepEqual(setsOf(place), [third])
  })
})
