import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { countLineBreaks } from './count-line-breaks.ts'

it('counts the line breaks of any bytes at any place', () => {
  // Bytes that differ from a line break by one bit, and those that carry into their neighbours.
  const aByte = fc.constantFrom(0x0a, 0x0b, 0x8a, 0x00, 0x7f, 0x80, 0xff)
  fc.assert(
    fc.property(fc.array(aByte, { maxLength: 3000 }), fc.nat({ max: 9 }), (values, from) => {
      const bytes = Buffer.from(values).subarray(from)
      assert.equal(countLineBreaks(bytes), bytes.filter((it) => it === 0x0a).length)
    }),
  )
  assert.equal(countLineBreaks(Buffer.alloc(70_001, 0x0a)), 70_001)
})
