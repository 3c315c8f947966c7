import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { describeAccepted } from '../../../plan/command.ts'
import { acceptsNothing, parseAcceptedCodes } from './accepted-codes.ts'

const table = readFileSync(new URL('../../../../test/golden/palhm/recorded/12-ec-table/table.txt', import.meta.url), 'utf8')

describe('accepted exit codes', () => {
  const rows = [...table.matchAll(/^'(?<text>[^']*)'\s+(?<outcome>.*)$/gmu)].map((row) => row.groups ?? {})

  it('covers the whole record', () => assert.equal(rows.length, 37))

  for (const { text = '', outcome = '' } of rows)
    it(`reads ${JSON.stringify(text)} as on record: ${outcome}`, () => {
      const accepted = parseAcceptedCodes(text.replaceAll('\\n', '\n'))
      const words = accepted ? `accepts ${describeAccepted(accepted)}` : 'load error ValueError'
      const wanted = outcome.replace(/\s*\(.*\)$/u, '').replace(/^accepts (?<only>\d+)\.\.\k<only>$/u, 'accepts $<only>')
      assert.equal(words, wanted)
    })

  it('keeps numbers of absurd length harmless', () => {
    assert.deepEqual(parseAcceptedCodes(`>=${'9'.repeat(5000)}`), { min: 1_000_000, max: 255 })
    assert.deepEqual(parseAcceptedCodes(`0-${'9'.repeat(5000)}`), { min: 0, max: 1_000_000 })
  })

  it('accepts all invalid exit codes of the ancestor', () => {
    const met = (text: string) => !acceptsNothing(parseAcceptedCodes(text) ?? { min: 1, max: 0 })
    assert.deepEqual(['<0', '>255', '300', '256-400'].map(met), [false, false, false, false])
    assert.deepEqual(['0', '255', '>=255', '200-300'].map(met), [true, true, true, true])
  })
})
