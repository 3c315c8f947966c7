import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { CheckFact } from '../check-result.ts'
import { parsePerfdata, renderPerfdata } from './perfdata.ts'

describe('performance data', () => {
  it('is read as real plugins print it', () => {
    const cases: readonly (readonly [string, readonly CheckFact[]])[] = [
      ['procs=113;150;200;0;', [{ label: 'procs', value: 113, unit: '', warn: '150', fail: '200', min: '0' }]],
      ['/=38543MiB;56034;63039;0;70043', [{ label: '/', value: 38543, unit: 'MiB', warn: '56034', fail: '63039', min: '0', max: '70043' }]],
      [
        'load1=0.270;5.000;10.000;0; load5=1.1;4;8;0;',
        [
          { label: 'load1', value: 0.27, unit: '', warn: '5.000', fail: '10.000', min: '0' },
          { label: 'load5', value: 1.1, unit: '', warn: '4', fail: '8', min: '0' },
        ],
      ],
      ["'it''s me'=5%;@1:5;~:10", [{ label: "it's me", value: 5, unit: '%', warn: '@1:5', fail: '~:10' }]],
      [
        'a=-1.5s b=3c',
        [
          { label: 'a', value: -1.5, unit: 's' },
          { label: 'b', value: 3, unit: 'c' },
        ],
      ],
      ['t=0,5s', [{ label: 't', value: 0.5, unit: 's' }]],
      ['e=1e3', [{ label: 'e', value: 1000, unit: '' }]],
    ]
    for (const [text, facts] of cases) assert.deepEqual(parsePerfdata(text), facts, text)
  })

  it('skips invalid entries and unknown values', () => {
    assert.deepEqual(parsePerfdata('nothing at all = 5 x=U;1;2 =3 y=abc z=1.2.3'), [])
    assert.deepEqual(
      parsePerfdata(`${'x'.repeat(1000)}=1 ${'y'.repeat(300)}=1 ok=2`).map(({ label }) => label.length),
      [200, 2],
    )
    assert.equal(parsePerfdata(Array.from({ length: 5000 }, (_, index) => `n${index}=1`).join(' ')).length, 200)
  })

  it('is parsed back unchanged, whatever the labels are', () => {
    const range = fc.option(fc.constantFrom('10', '10:', '@1:5', '~:3.5'), { nil: undefined })
    const aFact = fc.record({
      label: fc
        .string({ minLength: 1, maxLength: 50 })
        .map((it) => it.replaceAll(/[=|\s\p{Cc}]+/gu, ' ').trim())
        .filter((it) => it !== ''),
      value: fc.oneof(
        fc.integer(),
        fc.integer({ min: -1e9, max: 1e9 }).map((it) => it / 1000),
      ),
      unit: fc.constantFrom('', 's', 'B', '%', 'c'),
      warn: range,
      fail: range,
    })
    fc.assert(
      fc.property(fc.array(aFact, { maxLength: 20 }), (given) => {
        const facts = given.map(({ label, value, unit, warn, fail }) => ({ label, value, unit, ...(warn && { warn }), ...(fail && { fail }) }))
        const text = renderPerfdata(facts)
        assert.doesNotMatch(text, /[|\n]/u)
        assert.deepEqual(parsePerfdata(text), facts)
      }),
    )
  })

  it('is parsed quickly, whatever it contains', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => parsePerfdata(text).length <= 200))
    for (const piece of ["'", 'a=1;', "''", 'a=', '1.', ';;;;', "'a"]) assert.ok(parsePerfdata(piece.repeat(30_000)).length <= 200)
  })
})
