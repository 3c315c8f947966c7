import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Document, parse, Scalar, visit } from 'yaml'
import { counted, formatBytes, formatDuration, inOrder, parseDuration, printable, printableLines, yamlLines } from './format.ts'

describe('formatBytes', () => {
  const cases: readonly (readonly [number | bigint, string])[] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10_188, '9.9 KiB'],
    [10_189, '10 KiB'],
    [1_048_575, '1.0 MiB'],
    [3_650_722_201, '3.4 GiB'],
    [2n ** 70n, '1024 EiB'],
  ]
  for (const [bytes, text] of cases) it(`${bytes} is ${text}`, () => assert.equal(formatBytes(bytes), text))

  it('never needs more than four digits below 1024 EiB', () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 69n), (bytes) => /^(?:\d{1,4}|\d\.\d) (?:B|[KMGTPE]iB)$/u.test(formatBytes(bytes))))
  })
})

describe('formatDuration', () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5, '0.0 s'],
    [340, '0.3 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [443_000_000, '5 d 3 h'],
  ]
  for (const [durationMs, text] of cases) it(`${durationMs} ms is ${text}`, () => assert.equal(formatDuration(durationMs), text))
})

describe('parseDuration', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['90s', 90_000],
    ['10m', 600_000],
    ['6h', 21_600_000],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['0', 0],
    ['0s', 0],
    ['6', undefined],
    ['-1s', undefined],
    ['6 h', undefined],
    ['6H', undefined],
    ['', undefined],
    ['1e3s', undefined],
    ['99999999999999999999d', undefined],
  ]
  for (const [text, durationMs] of cases) it(`"${text}" is ${durationMs}`, () => assert.equal(parseDuration(text), durationMs))
})

describe('counted', () => {
  it('distinguishes one from many', () =>
    assert.deepEqual(
      [0, 1, 2].map((count) => counted(count, 'set')),
      ['0 sets', '1 set', '2 sets'],
    ))
})

describe('printable', () => {
  it('writes out what a terminal would obey', () => assert.equal(printable('a\nb\u001b[31m\u009bc\u2028'), 'a\\nb\\u001b[31m\\u009bc\\u2028'))
  it('leaves letters of all scripts alone', () => assert.equal(printable('наизусть é 漢 🙂 עב "\\'), 'наизусть é 漢 🙂 עב "\\'))
  it('writes out what changes the direction of text', () => {
    for (const c of '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069')
      assert.equal(printable(`a${c}b`), `a\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}b`)
  })
  it('escapes invisible characters', () => {
    for (const c of '\u00ad\u034f\u115f\u17b4\u180e\u200b\u200d\u2060\u2064\u206f\u3164\ufe0f\ufeff\uffa0\ufff9\ud800')
      assert.equal(printable(`a${c}b`), `a\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}b`)
    assert.equal(printable('a\u{e0041}\u{e0101}'), 'a\\udb40\\udc41\\udb40\\udd01')
  })
  it('keeps line breaks and tabs of several lines', () => assert.equal(printableLines('a\n\tb\r\u202e\n'), 'a\n\tb\\r\\u202e\n'))
})

describe('inOrder', () => {
  it('leaves colours and cursor movements alone', () => assert.equal(inOrder('\u001b[31mx\u001b[0m\r\n\u200b'), '\u001b[31mx\u001b[0m\r\n\u200b'))
  it('does not change what a JSON text means', () =>
    fc.assert(fc.property(fc.json(), (text) => assert.deepEqual(JSON.parse(inOrder(text)), JSON.parse(text)))))
  it('writes out commands above ASCII and changes of direction', () => {
    const name = 'x\u009b31m\u202egpj.exe'
    assert.equal(inOrder(JSON.stringify({ name })), '{"name":"x\\u009b31m\\u202egpj.exe"}')
  })
})

describe('yamlLines', () => {
  it('does not change what texts in double quotes mean', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const document = new Document({ text }, { version: '1.2' })
        visit(document, {
          Scalar: (_, it) => {
            it.type = Scalar.QUOTE_DOUBLE
          },
        })
        const written = yamlLines(document.toString({ lineWidth: 0 }))
        assert.equal(printableLines(written), written)
        assert.deepEqual(parse(written), { text })
      }),
    ))
})
