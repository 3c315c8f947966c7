import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainValue } from '../../../test/support/palhm.ts'
import type { JsonSyntax } from './parser.ts'
import { readJson } from './read-json.ts'

function outcome(text: string, syntax: JsonSyntax): unknown {
  const { root, problems } = readJson(Buffer.from(text), syntax)
  const error = problems.find(({ severity }) => severity === 'error')
  return error ? `${error.at.line}:${error.at.column} ${error.message}` : root && plainValue(root)
}

describe('form feeds and vertical tabs', () => {
  it('are blanks in JSON with comments, wherever blanks are allowed', () => {
    assert.deepEqual(outcome('\f{\v"a"\f:\v[1\f,\f"b"\v]\v}\f// c\v\n\v', 'jsonc'), { a: [1, 'b'] })
    assert.deepEqual(outcome('{"a": "x" /* \f */}', 'jsonc'), { a: 'x' })
  })

  it('are not blanks in strict JSON, nor in strings and words', () => {
    assert.match(String(outcome('{\f"a": 1}', 'json')), /^1:2 /u)
    for (const syntax of ['json', 'jsonc'] as const) assert.equal(outcome('{"a": "x\fy"}', syntax), '1:9 control character in a string')
    assert.match(String(outcome('{"a": tr\fue}', 'jsonc')), /^1:7 /u)
    assert.match(String(outcome('{"a": 1\v2}', 'jsonc')), /^1:9 /u)
  })
})
