import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderRecord, stampOf } from './log-record.ts'

const at = (ms: number) => new Date(2026, 2, 1, 2, 40, 0, ms)

describe('a record of a log', () => {
  it('has its milliseconds at the left of three places', () => {
    const record = { level: 'INFO', logger: 'root', text: 'x' } as const
    for (const [ms, text] of [
      [202, '02:40:00.202 '],
      [18, '02:40:00.18  '],
      [5, '02:40:00.5   '],
      [0, '02:40:00.0   '],
    ] as const)
      assert.equal(renderRecord(record, { tag: 'r-p-s', at: at(ms) }), `2026-03-01 ${text}r-p-s INFO root x\n`)
  })

  it('has further lines as they are, and control characters written out', () => {
    const text = renderRecord({ level: 'ERROR', logger: 'a\nb', text: 'one\ntwo \u001b[31m\r' }, { tag: 't\t', at: at(100) })
    assert.equal(text, '2026-03-01 02:40:00.100 t\\t ERROR a\\nb one\ntwo \\u001b[31m\\r\n')
  })

  it('gives logs of a run their moment in local time', () => {
    assert.equal(stampOf(new Date(2026, 0, 9, 3, 4, 5)), '20260109_030405')
  })
})
