import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countBlocks } from './count-blocks.ts'

describe('counting blocks of lines', () => {
  it('counts what an empty line ends, however it is cut into chunks', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n'), maxLength: 40 })
    fc.assert(
      fc.property(fc.array(text), (chunks) => {
        const counter = countBlocks()
        for (const chunk of chunks) counter.see(Buffer.from(chunk))
        const blocks = chunks.join('').match(/(?:a+\n)+(?=\n)/gu) ?? []
        assert.equal(counter.count, blocks.length)
      }),
    )
  })
})
