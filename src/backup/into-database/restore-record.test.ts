import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { hostId } from '../../process/identity/host-id.ts'
import { deadRestores, describeDeadRestores, openRestoreRecord, type RestoreFacts } from './restore-record.ts'

function factsOf(temporary: string): RestoreFacts {
  return { kind: 'postgresql', server: 'postgresql:///', database: 'live', isReplaced: true, temporary, old: `${temporary}_old`, phase: 'loading' }
}

const nameOf = (digit: string) => `holdfast_${digit.repeat(16)}`
const READ = 'which records what restores into databases created on their servers'

describe('the records of restores into databases', () => {
  it('are all read, and what cannot be used is reported with its path', async (t) => {
    const path = temporaryFolder(t)
    const living = await openRestoreRecord(path, factsOf(nameOf('0')))
    const dead = { host: hostId(), boot: 'an earlier one', pid: 1, ...factsOf(nameOf('f')) }
    writeFileSync(join(path, `${nameOf('f')}.json`), JSON.stringify(dead))
    writeFileSync(join(path, `${nameOf('e')}.json`), JSON.stringify({ ...dead, ...factsOf(nameOf('e')), host: 'another/host' }))
    const whole = await deadRestores(path)
    assert.deepEqual([whole.dead.map(({ facts }) => facts.temporary), whole.unusable], [[nameOf('f')], []])
    mkdirSync(join(path, `${nameOf('1')}.json`))
    for (const [digit, text] of [
      ['2', '{"temporary":'],
      ['3', 'null'],
      ['4', JSON.stringify(dead)],
    ] as const)
      writeFileSync(join(path, `${nameOf(digit)}.json`), text)
    const found = await deadRestores(path)
    assert.deepEqual(
      found.dead.map((it) => it.path),
      [join(path, `${nameOf('f')}.json`)],
    )
    assert.deepEqual(found.unusable.toSorted(), [
      `could not read "${path}/${nameOf('1')}.json", ${READ}: "${path}/${nameOf('1')}.json" is not a regular file`,
      `could not read "${path}/${nameOf('2')}.json", ${READ}: invalid JSON`,
      `could not read "${path}/${nameOf('3')}.json", ${READ}: not a valid record`,
      `could not read "${path}/${nameOf('4')}.json", ${READ}: not a valid record`,
    ])
    await living.remove()
  })

  it('are not used in a folder that others can write to, which is reported', async (t) => {
    const path = join(temporaryFolder(t), 'databases')
    assert.deepEqual(await describeDeadRestores(path), [])
    mkdirSync(path)
    chmodSync(path, 0o777)
    assert.deepEqual(await describeDeadRestores(path), [
      `could not read "${path}", ${READ}: "${path}" belongs to another user, or is writable by others`,
    ])
  })
})
