import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openReport } from '../issue-report.ts'
import { readYaml } from './read-yaml.ts'

function errorsOf(text: string): readonly string[] {
  const report = openReport()
  readYaml('x.yaml', Buffer.from(text), report)
  return report.issues(['x.yaml']).map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('a bracket or quote that is not closed is reported where it is opened', () => {
  for (const [name, lines, expected] of [
    ['a brace', ['a:', '  b: { c: d', 'e:', '  f: { g: [h] }'], '2:6 "{" is not closed'],
    ['a brace of several lines', ['a: {', '    b: c,', '    d: [e],', 'f: g'], '1:4 "{" is not closed'],
    ['a bracket in braces', ['a:', '  b: { c: [d } }', '  e: f'], '2:11 "[" is not closed'],
    ['an inner brace', ['a: { b: { c: d }', 'e: { f: g }'], '1:4 "{" is not closed'],
    ['at the end', ['a: [1, 2'], '1:4 "[" is not closed'],
    ['a quote', ['a: "b', 'c: d', 'e: f'], '1:4 "\\"" is not closed'],
    ['a quote before another one', ['a: "b', 'c: d', 'e: "f"'], '1:4 "\\"" is not closed'],
    ['a single quote', ["a: 'it''s", 'c: d'], `1:4 "'" is not closed`],
  ] as const)
    it(name, () => assert.deepEqual(errorsOf(`${lines.join('\n')}\n`), [expected]))

  it('others are reported as before', () => {
    assert.deepEqual(errorsOf('a: { b: c }\n d: e\n'), ['2:1 inconsistent indentation'])
    assert.equal(errorsOf('a: [1] }\n').length, 1)
    assert.deepEqual(errorsOf('a: "{ [ \\" "\nb: { c: "}" }\n# { [\nd: it\'s\n'), [])
  })
})
