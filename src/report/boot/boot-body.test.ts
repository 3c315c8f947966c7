import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { unlessCi } from '../../../test/support/lacks.ts'
import { renderBootBody } from './boot-body.ts'

// Host names may be any bytes, and programs may print anything: what kinds of readers take for something else, or refuse.
const ODD = [
  ...['=', '<<', '0o17', '0x1f', '017', '1_000', '1:20', 'no', 'y', '.nan', '~', '', '---', '!a', '&a', '*a', '%a', '@a', '{a}', 'a: b', 'a #b'],
  ...['a\tb', '\t', ' a ', 'a\nb', 'a\rb', 'a\u0085b', '\u2028', 'a\u2029', '\ufeff', '\u0001', 'a\u007f', '\u009f', '\ufffe', '😀', '\\', '"', "'"],
  `${'long '.repeat(20)}\n\u0085${'x'.repeat(100)}`,
] as const

describe('odd texts in a boot report', () => {
  it('are the same to readers of YAML 1.1 and 1.2', () => {
    const text = renderBootBody('x', { texts: ODD })
    for (const version of ['1.1', '1.2'] as const) assert.deepEqual(parse(text, { version }), { 'boot-report': { texts: ODD } })
  })

  it('and in its header are read by another library', {
    skip: unlessCi(spawnSync('/usr/bin/python3', ['-c', 'import yaml']).status !== 0 && 'python3-yaml not installed'),
  }, () => {
    const read = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer.read())))'
    const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', read], { input: renderBootBody(ODD.join(''), { texts: ODD }), encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), { 'boot-report': { texts: ODD } })
  })

  it('change nothing in the comments that can be printed', () => {
    assert.match(renderBootBody('\tü 😀 {}: #\u001b[1m', {}), /^# \tü 😀 \{\}: #\ufffd\[1m\n/u)
  })
})
