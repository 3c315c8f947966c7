import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openTrigger } from './trigger-file.ts'

const MINUTE_MS = 60_000
const now = new Date('2026-03-01T02:40:00Z')

describe('a trigger file', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    path = join(folder, 'sub', 'trigger')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const present = (text: string | undefined, minutes: number) => {
    if (text === undefined) return
    mkdirSync(join(folder, 'sub'), { recursive: true })
    writeFileSync(path, text)
    utimesSync(path, new Date(), new Date(now.getTime() - minutes * MINUTE_MS))
  }
  const run = (strict: boolean, told: readonly ('WARNING' | 'ERROR')[], ended: boolean) => {
    const trigger = openTrigger({ path, strict, clock: () => now })
    trigger.begin()
    for (const level of told) {
      trigger.report(level)
      // Another clock than the test's writes the time of the file.
      utimesSync(path, now, now)
    }
    if (ended) trigger.end()
    return existsSync(path) ? readFileSync(path, 'latin1') : undefined
  }

  // What was before, how many minutes ago, what the run told, what is there after it: strict, and in the old order.
  const rows: readonly (readonly [string | undefined, number, readonly ('WARNING' | 'ERROR')[], string | undefined])[] = [
    [undefined, 0, [], 'SUCCESS'],
    ['SUCCESS', 1, [], 'SUCCESS'],
    ['', 1, [], 'SUCCESS'],
    ['CRITICAL', 1, [], 'SUCCESS'],
    ['WARNING', 60, [], 'WARNING'],
    ['ERROR', 60, [], 'ERROR'],
    ['ERROR', 299, [], 'ERROR'],
    ['ERROR', 300, [], 'SUCCESS'],
    ['ERROR', 301, [], 'SUCCESS'],
    ['WARNING', 360, [], 'SUCCESS'],
    ['ERROR\n', 60, [], 'ERROR\n'],
    ['ERROR', 60, ['WARNING'], 'ERROR'],
    ['ERROR\n', 60, ['WARNING'], 'ERROR\n'],
    ['ERROR', 360, ['WARNING'], 'WARNING'],
    ['WARNING', 60, ['WARNING'], 'WARNING'],
    ['SUCCESS', 60, ['WARNING'], 'WARNING'],
    ['SUCCESS', 60, ['ERROR'], 'ERROR'],
    [undefined, 0, ['ERROR'], 'ERROR'],
    ['WARNING', 60, ['WARNING', 'ERROR'], 'ERROR'],
    ['SUCCESS', 60, ['ERROR', 'WARNING'], 'ERROR'],
    ['ERROR', 360, ['ERROR', 'WARNING'], 'ERROR'],
  ]
  for (const strict of [true, false]) {
    for (const [text, minutes, told, after] of rows) {
      const title = `${JSON.stringify(text ?? 'no file')} ${minutes} min ago, ${told.join(' then ') || 'nothing bad'}: ${JSON.stringify(after)}`
      it(`${strict ? '' : 'in the old order, '}${title}`, () => {
        present(text, minutes)
        assert.equal(run(strict, told, true), after)
      })
    }
  }

  it('prints SUCCESS only after a successful run, unless the previous order is configured', () => {
    present('ERROR', 360)
    assert.equal(run(true, [], false), 'ERROR')
    assert.equal(run(false, [], false), 'SUCCESS')
    rmSync(path)
    assert.equal(run(true, [], false), undefined)
  })

  it('keeps its mode and owner, is written through a link, and leaves nothing beside', () => {
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(join(folder, 'sub'))
    const target = join(folder, 'elsewhere', 'file')
    writeFileSync(target, 'SUCCESS')
    chmodSync(target, 0o604)
    symlinkSync(target, path)
    assert.equal(run(true, ['ERROR'], true), 'ERROR')
    assert.equal(statSync(target).mode & 0o777, 0o604)
    assert.deepEqual(readdirSync(join(folder, 'elsewhere')), ['file'])
    assert.deepEqual(readdirSync(join(folder, 'sub')), ['trigger'])
  })

  it('keeps the state that another run writes at the same time', () => {
    present('SUCCESS', 1)
    for (const [other, own, after] of [
      ['ERROR', undefined, 'ERROR'],
      ['ERROR', 'WARNING', 'ERROR'],
      ['WARNING', 'ERROR', 'ERROR'],
    ] as const) {
      writeFileSync(path, 'SUCCESS')
      let looked = 0
      const clock = () => {
        looked += 1
        if (looked === 2) openTrigger({ path, strict: true, clock: () => now }).report(other)
        return now
      }
      const trigger = openTrigger({ path, strict: true, clock })
      if (own === undefined) trigger.end()
      else trigger.report(own)
      assert.equal(readFileSync(path, 'latin1'), after, `${other}, then ${own ?? 'nothing bad'}`)
    }
    assert.deepEqual(readdirSync(join(folder, 'sub')), ['trigger'])
  })

  it('clears away what a killed run left beside, and nothing else', () => {
    present('SUCCESS', 1)
    for (const [name, hours] of [
      ['trigger.new-a', 2],
      ['trigger.new-b', 0],
      ['trigger.old', 2],
    ] as const) {
      writeFileSync(join(folder, 'sub', name), 'SUCCESS')
      utimesSync(join(folder, 'sub', name), new Date(), new Date(Date.now() - hours * 3600_000))
    }
    assert.equal(run(true, ['ERROR'], true), 'ERROR')
    assert.deepEqual(readdirSync(join(folder, 'sub')).toSorted(), ['trigger', 'trigger.new-b', 'trigger.old'])
  })
})
