import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainValue } from '../../../test/support/palhm.ts'
import type { JsonSyntax } from './parser.ts'
import { readJson } from './read-json.ts'

/** What the reader makes of a text: the value, or the first error as `LINE:COLUMN MESSAGE`. */
function outcome(text: string | Uint8Array, syntax: JsonSyntax = 'jsonc'): unknown {
  const { root, problems } = readJson(Buffer.from(text), syntax)
  const error = problems.find((problem) => problem.severity === 'error')
  if (error) return `${error.at.line}:${error.at.column} ${error.message}`
  return root && plainValue(root)
}

describe('reading JSON', () => {
  it('agrees with JSON.parse on whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom<JsonSyntax>('json', 'jsonc'), fc.constantFrom(0, 2), (value, syntax, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        assert.deepEqual(outcome(text, syntax), JSON.parse(text))
      }),
    )
  })

  it('keeps every digit of a number', () => {
    const { root } = readJson(Buffer.from('[12345678901234567890123, -0.10, 1E+400]'), 'json')
    assert.deepEqual(root?.kind === 'list' && root.items.map((item) => item.kind === 'number' && item.text), [
      '12345678901234567890123',
      '-0.10',
      '1E+400',
    ])
  })

  it('gives the location of every value and key, in characters', () => {
    const { root } = readJson(Buffer.from('{\r\n  "😀": [\n\t"ž", 1]\r}'), 'jsonc')
    assert.ok(root?.kind === 'object')
    const found = root.members.get('😀')
    assert.deepEqual(
      [root.at, found?.keyAt, found?.value.at],
      [
        { line: 1, column: 1 },
        { line: 2, column: 3 },
        { line: 2, column: 8 },
      ],
    )
    assert.ok(found?.value.kind === 'list')
    assert.deepEqual(
      found.value.items.map((item) => item.at),
      [
        { line: 3, column: 2 },
        { line: 3, column: 7 },
      ],
    )
  })

  it('lets the last of equal keys count, and warns', () => {
    const { root, problems } = readJson(Buffer.from('{"a": 1, "b": 2,\n "a": 3}'), 'json')
    assert.deepEqual(root && plainValue(root), { a: 3, b: 2 })
    assert.deepEqual(
      problems.map(({ severity, at }) => [severity, at.line, at.column]),
      [['warning', 2, 2]],
    )
  })

  it('is not fooled by the names of JavaScript', () => {
    assert.deepEqual(
      outcome('{"__proto__": 1, "constructor": 2}'),
      Object.fromEntries([
        ['__proto__', 1],
        ['constructor', 2],
      ]),
    )
    for (const word of ['__proto__', 'constructor', 'toString']) assert.equal(outcome(`{"a": ${word}}`), '1:7 unquoted word')
  })
})

describe('JSON with comments', () => {
  const cases: Readonly<Record<string, unknown>> = {
    '// a\n{"a": 1} // b': { a: 1 },
    '/* a */ {"a": /* ] */ 1 /**/} /* b': { a: 1 },
    '{"a": "b // c /* d */"}': { a: 'b // c /* d */' },
    '{"a": [1, 2,], "b": {},}': { a: [1, 2], b: {} },
    '{"a": "\\ud83d x", "b": "\\ud83d\\ude00"}': { a: '? x', b: '😀' },
    '{"a": "\ufffd"}': { a: '\ufffd' },
    '{"a": "b\\/c"}': { a: 'b/c' },
    '{"a": NaN}': '1:7 unquoted word NaN in a .jsonc file',
    '{"a": -Infinity}': '1:7 unquoted word -Infinity in a .jsonc file',
    '{"a": NaNc}': '1:7 unquoted word',
    '# a\n{}': '1:1 unsupported comment starting with "#"',
    '{ /* a': '1:7 unexpected end of file: the "{" at line 1, column 1 is not closed',
    '': '1:1 the file is empty',
    ' // only this\n': '2:1 the file is empty',
  }
  for (const [text, wanted] of Object.entries(cases)) it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(outcome(text), wanted))
})

describe('strict JSON', () => {
  const cases: Readonly<Record<string, unknown>> = {
    '{"a": NaN, "b": Infinity, "c": -Infinity}': { a: Number.NaN, b: Infinity, c: -Infinity },
    '{"a": 1} // b': '1:10 comments are not allowed in strict JSON',
    '{"a": [1,]}': '1:9 a comma before a closing bracket is not allowed in strict JSON',
    '{"a": "\\ud83d"}': '1:7 incomplete surrogate pair in a string',
    '{"a": +Infinity}': '1:7 unquoted word',
  }
  for (const [text, wanted] of Object.entries(cases)) it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(outcome(text, 'json'), wanted))
})

describe('invalid JSON', () => {
  const cases: Readonly<Record<string, string>> = {
    '{"a": 1} {"b": 2}': '1:10 unexpected text after the end of the document',
    '{"a": 1}}': '1:9 unexpected text after the end of the document',
    '{"a" 1}': '1:6 missing ":" between a key and its value',
    '{"a", 1}': '1:5 expected ":" after a key',
    '{"a": 1 "b": 2}': '1:9 missing comma before this value',
    '[1 2]': '1:4 missing comma before this value',
    '[1, 2}': '1:6 the "[" at line 1, column 1 is closed by "}"',
    '{"a": [1, 2}': '1:12 the "[" at line 1, column 7 is closed by "}"',
    '[1,, 2]': '1:4 expected a value before ","',
    '{,}': '1:2 expected a key in double quotes',
    '{a: 1}': '1:2 expected a key in double quotes',
    '{"a": b}': '1:7 unquoted word',
    '{"a": \'b\'}': '1:7 the string is in single quotes',
    '{"a": "b\n"}': '1:7 the string is not closed on its line',
    '{"a": "b': '1:7 the string is not closed on its line',
    '{"a": "b\tc"}': '1:9 control character in a string',
    '{"a": "\\\\ \\x41"}': '1:11 unknown escape sequence in a string',
    '{"a": "\\u12"}': '1:8 unknown escape sequence in a string',
    '{"a": 01}': '1:7 invalid number',
    '{"a": +1}': '1:7 invalid number',
    '{"a": 0x10}': '1:7 invalid number',
    '{"a": 1.}': '1:7 invalid number',
    '{"a": .5}': '1:7 invalid number',
    '{"a": 1e}': '1:7 invalid number',
    '{"a": True}': '1:7 invalid JSON literal "True"',
    '{"a": None}': '1:7 invalid JSON literal "None"',
    '{"a": ': '1:7 unexpected end of file: expected a value',
    '\ufeff{}': '1:1 the file starts with a byte order mark',
  }
  for (const [text, wanted] of Object.entries(cases)) it(`refuses ${JSON.stringify(text)}`, () => assert.equal(outcome(text), wanted))

  it('reports the position of the first byte that is not UTF-8', () => {
    assert.equal(outcome(Buffer.from('{\n "a": "\xff"}', 'latin1')), '2:8 invalid UTF-8')
    assert.equal(outcome(Buffer.concat([Buffer.from('{\n "ž€": "'), Buffer.from([0xe2, 0x82])])), '2:9 invalid UTF-8')
    assert.equal(outcome(Buffer.from([0xff, 0xfe, 0x7b, 0x00])), '1:1 invalid UTF-8')
  })

  it('refuses brackets nested too deep instead of running out of stack', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    assert.ok(Array.isArray(outcome(nested(128), 'jsonc')))
    assert.equal(outcome(nested(129), 'jsonc'), '1:129 brackets are nested more than 128 levels deep')
    assert.ok(Array.isArray(outcome(nested(900), 'json')))
    assert.equal(outcome(nested(901), 'json'), '1:901 brackets are nested more than 900 levels deep')
    assert.equal(outcome('['.repeat(1_000_000), 'json'), '1:901 brackets are nested more than 900 levels deep')
    assert.equal(outcome('{"a":'.repeat(1_000_000), 'jsonc'), '1:641 brackets are nested more than 128 levels deep')
  })

  it('continues after errors with an obvious meaning, and reports each of them', () => {
    const { root, problems } = readJson(Buffer.from('{"a": 01, "b": True "c": "\\x", # d\n "e" 1}'), 'jsonc')
    assert.deepEqual(root && plainValue(root), { a: 0, b: true, c: '', e: 1 })
    assert.equal(problems.length, 6)
  })

  it('never quotes what may be a secret without its quotes', () => {
    for (const text of [
      '{"env": {"P": s3cret}}',
      "{'env': {'P': 's3cret'}}",
      '{"env": {"P": "s3cret}}',
      '{"env": {"P" "s3cret"}',
      '{"env": {"P": "a"s3cret"}}',
    ])
      assert.doesNotMatch(JSON.stringify(readJson(Buffer.from(text), 'jsonc').problems), /s3cret/u, text)
  })
})

it('reads a large file on one line in reasonable time', () => {
  const text = JSON.stringify({ list: Array.from({ length: 100_000 }, (_, index) => ({ id: `ž${index}` })) })
  const { root } = readJson(Buffer.from(text), 'json')
  assert.ok(root?.kind === 'object')
})
