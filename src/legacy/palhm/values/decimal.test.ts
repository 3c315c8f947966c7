import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Decimal, parseDecimal } from './decimal.ts'

/** The same by long arithmetic: value = digits / 10^places, floor by BigInt division. */
function oracle(sign: '' | '+' | '-', whole: string, fraction: string, exponent: number): Decimal {
  const up = 10n ** BigInt(Math.max(0, exponent))
  const down = 10n ** BigInt(fraction.length + Math.max(0, -exponent))
  const size = BigInt(whole + fraction) * up
  const signed = sign === '-' ? -size : size
  const exact = signed % down === 0n
  const floor = signed / down - (signed < 0n && !exact ? 1n : 0n)
  const far = 10n ** 40n
  if (floor >= far) return { kind: 'infinite' }
  return signed / down <= -far ? { kind: 'finite', floor: -far, exact: false } : { kind: 'finite', floor, exact }
}

const digits = (minLength: number) => fc.array(fc.constantFrom(...'0123456789'), { minLength, maxLength: 25 }).map((it) => it.join(''))

describe('decimals', () => {
  it('agree with long arithmetic', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', '+', '-' as const),
        digits(1),
        digits(0),
        fc.integer({ min: -60, max: 60 }),
        (sign, whole, fraction, exponent) => {
          const text = `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}e${exponent}`
          assert.deepEqual(parseDecimal(text), oracle(sign as '', whole, fraction, exponent), text)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('parse whole numbers exactly, up to 40 digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 39n), max: 10n ** 39n }), (number) =>
        assert.deepEqual(parseDecimal(String(number)), { kind: 'finite', floor: number, exact: true }),
      ),
    )
  })

  const cases: Readonly<Record<string, bigint | 'infinite' | 'nan' | undefined>> = {
    '2': 2n,
    ' 2E+0 ': 2n,
    '\t2.9\n': 2n,
    '2_000': 2000n,
    '.5': 0n,
    '5.': 5n,
    '-0.5': -1n,
    '-1': -1n,
    '-0': 0n,
    '1e3': 1000n,
    '15E-1': 1n,
    '9007199254740993': 9007199254740993n,
    '0e999999999999': 0n,
    '1e-999999999': 0n,
    '1e999999999': 'infinite',
    '1e400': 'infinite',
    '-1e999999999': -(10n ** 40n),
    inf: 'infinite',
    '+Infinity': 'infinite',
    '-INF': 'infinite',
    nan: 'nan',
    '-sNaN123': 'nan',
    '': undefined,
    '.': undefined,
    e5: undefined,
    '1e': undefined,
    '--1': undefined,
    '0x10': undefined,
    '1 000': undefined,
    two: undefined,
    '1,5': undefined,
  }
  for (const [text, wanted] of Object.entries(cases))
    it(`read ${JSON.stringify(text)} as ${wanted}`, () => {
      const found = parseDecimal(text)
      assert.equal(found?.kind === 'finite' ? found.floor : found?.kind, wanted)
    })

  it('cost no memory for an absurd exponent or length', () => {
    assert.deepEqual(parseDecimal(`1e${'9'.repeat(100_000)}`), { kind: 'infinite' })
    assert.deepEqual(parseDecimal(`1e-${'9'.repeat(100_000)}`), { kind: 'finite', floor: 0n, exact: false })
    assert.deepEqual(parseDecimal('9'.repeat(100_000)), { kind: 'infinite' })
    assert.deepEqual(parseDecimal(`0.${'0'.repeat(100_000)}1`), { kind: 'finite', floor: 0n, exact: false })
  })
})
