import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { pythonFloat } from '../../lib/python-float.ts'
import { type Entry, entrySet } from './entry-set.ts'
import { isListable, parseLine } from './list-line.ts'
import { RECORD_FORMAT, recordReader, type ScanRecord } from './scan-records.ts'

const anEntry = fc.record({
  mtime: fc.oneof(fc.integer({ min: -1e9, max: 2e9 }), fc.double({ min: 0, max: 2e9, noNaN: true })),
  size: fc.maxSafeNat(),
  path: fc.uint8Array({ min: 1, minLength: 1, maxLength: 20 }),
})

const entryOf = ({ mtime, size, path }: { mtime: number; size: number; path: Uint8Array }): Entry => {
  const bytes = Buffer.from(path)
  return { mtime, size, bytes, start: 0, end: bytes.length }
}

describe('entrySet', () => {
  it('contains the added entries, and no others', () => {
    fc.assert(
      fc.property(fc.array(anEntry, { maxLength: 60 }), fc.array(anEntry, { maxLength: 20 }), (added, others) => {
        const set = entrySet()
        for (const it of added) set.add(entryOf(it))
        for (const it of added) assert.ok(set.has(entryOf(it)))
        const key = (it: { mtime: number; size: number; path: Uint8Array }) =>
          `${pythonFloat(it.mtime)} ${it.size} ${Buffer.from(it.path).toString('hex')}`
        const known = new Set(added.map(key))
        for (const it of others) assert.equal(set.has(entryOf(it)), known.has(key(it)))
      }),
    )
  })

  it('distinguishes entries that differ in one position, among a hundred thousand', () => {
    const set = entrySet()
    const bytes = Buffer.from('some/folder/file-000000')
    const write = (index: number) => bytes.write(String(index).padStart(6, '0'), bytes.length - 6)
    const entry = (mtime: number, size: number) => ({ mtime, size, bytes, start: 0, end: bytes.length })
    for (let index = 0; index < 100_000; index++) {
      write(index)
      set.add(entry(1.5e9 + index, index % 100))
    }
    assert.equal(set.size, 100_000)
    for (let index = 0; index < 100_000; index++) {
      write(index)
      assert.ok(set.has(entry(1.5e9 + index, index % 100)))
      assert.ok(!set.has(entry(1.5e9 + index + 0.5, index % 100)))
      assert.ok(!set.has(entry(1.5e9 + index, (index % 100) + 1)))
    }
  })
})

describe('an entrySet that is searched like a scan', () => {
  it('finds entries in any order, also after many that were removed, added or changed', () => {
    const entry = (number: number): Entry => entryOf({ mtime: number, size: number, path: Buffer.from(`file-${number}`) })
    // Most searches continue where the last one ended; others skip some, go back, or find nothing.
    const aSearch = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: -3000, max: 3000 }))
    fc.assert(
      fc.property(fc.nat(2000), fc.array(aSearch, { maxLength: 500 }), (count, steps) => {
        const set = entrySet()
        for (let number = 0; number < count; number++) set.add(entry(number))
        let at = -1
        for (const step of steps) {
          at = Math.abs(at + step) % 3000
          assert.equal(set.has(entry(at)), at < count, String(at))
        }
      }),
    )
  })
})

describe('list lines', () => {
  it('print times as they always were', () => {
    const times: readonly (readonly [number, string])[] = [
      [1_600_000_000, '1600000000.0'],
      [1_700_000_000 + 1e-9 * 123_456_789, '1700000000.1234567'],
      [-1.5, '-1.5'],
      [1e-9, '1e-09'],
      [0, '0.0'],
      [1.5e16, '1.5e+16'],
      [0.0001, '0.0001'],
      [12_345.678, '12345.678'],
    ]
    assert.deepEqual(
      times.map(([value]) => pythonFloat(value)),
      times.map(([, text]) => text),
    )
  })

  it('are read back as they were, commas in paths too, and damaged ones are known', () => {
    const parse = (text: string) => {
      const bytes = Buffer.from(text)
      const entry = parseLine(bytes, 0, bytes.length)
      return entry && [entry.mtime, entry.size, bytes.toString('utf8', entry.start, entry.end)]
    }
    assert.deepEqual(parse('1700000000.1234567,6,na,me.txt'), [1_700_000_000.1234567, 6, 'na,me.txt'])
    assert.deepEqual(parse('-1.5,0,trailing '), [-1.5, 0, 'trailing '])
    for (const text of ['', 'x', '1.0,2', '1.0', ',,', 'a,1,b', '1.0,x,b', '1.0,,b']) assert.equal(parse(text), undefined, text)
    assert.equal(isListable(entryOf({ mtime: 0, size: 0, path: Buffer.from('a\nb') })), false)
  })
})

describe('recordReader', () => {
  it('parses records in pieces of any size', () => {
    assert.equal(RECORD_FORMAT.endsWith('\\0'), true)
    const records = [
      ['f', '1700000000.1234567890', 6, 'na,me.txt'],
      ['d', '0.0000000010', 4096, 'x'],
      ['l', '-2.5000000000', 0, 'a b\n'],
      ['f', '-2147483648.0000000000', 9_007_199_254_740_991, 'я'],
      ['p', '1600000000', 1, '1'],
    ] as const
    const bytes = Buffer.from(records.map(([type, time, size, path]) => `${type}${time} ${size} 2049 77 0 1000 ${path}\0`).join(''))
    const expected = records.map(([type, , size, path], index) => [
      type,
      [1_700_000_000 + 1e-9 * 123_456_789, 1e-9, -1.5, -2_147_483_648, 1.6e9][index],
      size,
      path,
    ])
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const read: unknown[] = []
        const take = ({ type, mtime, size, bytes: buffer, start, end }: ScanRecord) => {
          read.push([String.fromCharCode(type), mtime, size, buffer.toString('utf8', start, end)])
        }
        const reader = recordReader(take)
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        for (const [index, start] of at.slice(0, -1).entries()) reader.push(bytes.subarray(start, at[index + 1]))
        assert.deepEqual(read, expected)
        assert.equal(reader.isAtEnd, true)
      }),
    )
  })
})
