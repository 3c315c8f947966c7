import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openPlace } from './place.ts'

describe('rotate --simulate', () => {
  it('prints what will be there on each day, and removes nothing', (t) => {
    const place = openPlace(t)
    place.configure('{ o: { exec: [echo, x], compress: none } }, keep: { last: 3 }')
    const file = join(place.folder, 'holdfast.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('  nightly:\n', '  nightly:\n    schedule: "30 2 * * *"\n'))
    const names = () => readdirSync(join(place.folder, 'root/nightly')).filter((name) => name.startsWith('2'))
    for (let count = 0; count < 3; count++) assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const before = names()
    assert.equal(place.run('hold', 'nightly', before[0] ?? '', '--reason', 'audit').status, 0)
    const { status, stdout, stderr } = place.run('rotate', '--simulate', '9d')
    assert.deepEqual([status, stderr, names()], [0, '', before])
    assert.match(stdout, /^nightly: sets of "nightly" on \S+ \(a run on each date of the schedule, no drills, all successful; /u)
    assert.equal(stdout.match(/^ {2}\d{4}-\d\d-\d\d {2}4 sets, 8 B, oldest /gmu)?.length, 9, stdout)
    assert.equal(stdout.match(/removed: \S+ \(no rule keeps it\)/gu)?.length, 8)
    // What is left is the held set and the last three.
    assert.equal(stdout.slice(stdout.indexOf('left on')).match(/^ {4}\S+T/gmu)?.length, 4)
    assert.ok(stdout.endsWith(`${stdout.match(/^ {4}(\S+)$/gmu)?.at(-1)}\n`))
    const json = JSON.parse(place.run('rotate', '--simulate', '9d', '--json').stdout) as {
      readonly days: readonly { readonly sets: readonly string[] }[]
    }
    assert.deepEqual([json.days.length, json.days.at(-1)?.sets[0]], [9, before[0]])
    const wrong = place.run('rotate', '--simulate', 'soon')
    assert.deepEqual([wrong.status, /invalid duration "soon" of --simulate/u.test(wrong.stderr)], [2, true])
  })
})
