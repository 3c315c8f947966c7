import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { pythonFloat } from '../../lib/python-float.ts'
import { parseLine } from './list-line.ts'

function read(text: string) {
  const bytes = Buffer.from(`before\n${text}\nafter`)
  const line = parseLine(bytes, 7, bytes.length - 6)
  return line && { mtime: line.mtime, size: line.size, path: bytes.toString('utf8', line.start, line.end) }
}

describe('lines of lists', () => {
  it('give back the double that was written, whatever it is', () => {
    const seconds = fc.oneof(fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), fc.integer({ min: 2 ** 30, max: 2 ** 32 - 1 }))
    const line = fc.tuple(seconds, fc.integer({ min: 0, max: 999_999_999 }), fc.maxSafeNat(), fc.string())
    fc.assert(
      fc.property(line, ([whole, nanoseconds, size, path]) => {
        const mtime = whole + 1e-9 * nanoseconds
        assert.deepEqual(read(`${pythonFloat(mtime)},${size},${path}`), { mtime, size, path })
      }),
      { numRuns: 5000 },
    )
  })

  it('give the double nearest to whatever was written', () => {
    const text = fc.tuple(fc.integer({ min: 2 ** 30, max: 2 ** 32 - 1 }), fc.stringMatching(/^\d{1,9}$/u))
    fc.assert(
      fc.property(text, ([seconds, decimals]) => assert.equal(read(`${seconds}.${decimals},1,a`)?.mtime, Number(`${seconds}.${decimals}`))),
      { numRuns: 20_000 },
    )
    // Midpoints of two doubles.
    for (const middle of ['4294967295.5000001', '1073741824.00000011920928955078125', '2147483648.0000002384185791015625'])
      assert.equal(read(`${middle},1,a`)?.mtime, Number(middle))
  })

  it('are damaged when a part is missing or no number', () => {
    for (const text of [
      '',
      'a',
      '1.5',
      '1700000000.5,',
      '1700000000.5,12',
      '1700000000.5,,a',
      ',1,a',
      'x,1,a',
      '1700000000.5,x,a',
      '1700000000.5,1.5,a',
    ])
      assert.equal(read(text), undefined, text)
    assert.deepEqual(read('1700000000.5,1,'), { mtime: 1_700_000_000.5, size: 1, path: '' })
  })
})
