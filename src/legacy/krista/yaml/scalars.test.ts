import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openReport } from '../../../document/issue-report.ts'
import { readDocument } from './read-document.ts'
import { memberOf } from './value.ts'

// What PyYAML 5 makes of plain scalars, and what Python's str() makes of that.
const TABLE: readonly (readonly [source: string, type: string, text: string])[] = [
  ['007', 'int', '7'], ['08', 'str', '08'], ['0999', 'str', '0999'], ['017', 'int', '15'], ['-017', 'int', '-15'], ['0x1F', 'int', '31'], ['0X1F', 'str', '0X1F'],
  ['-0x1F', 'int', '-31'], ['0b101', 'int', '5'], ['0b2', 'str', '0b2'], ['0o17', 'str', '0o17'], ['1_000', 'int', '1000'], ['1__0', 'int', '10'], ['_1', 'str', '_1'],
  ['0', 'int', '0'], ['00', 'int', '0'], ['0_0', 'int', '0'], ['-0', 'int', '0'], ['+12', 'int', '12'], ['99999999999999999999', 'int', '99999999999999999999'],
  ['12:30', 'int', '750'], ['12:30:45', 'int', '45045'], ['190:20:30', 'int', '685230'], ['-1:30', 'int', '-90'], ['8:00', 'int', '480'], ['20:00', 'int', '1200'],
  ['1:60', 'str', '1:60'], ['08:00', 'str', '08:00'], ['02:40', 'str', '02:40'], ['0:0', 'str', '0:0'], ['190:20:30.15', 'float', '685230.15'],
  ['yes', 'bool', 'True'], ['no', 'bool', 'False'], ['on', 'bool', 'True'], ['Off', 'bool', 'False'], ['TRUE', 'bool', 'True'], ['false', 'bool', 'False'],
  ['y', 'str', 'y'], ['n', 'str', 'n'], ['oN', 'str', 'oN'], ['tRue', 'str', 'tRue'],
  ['3.10', 'float', '3.1'], ['1.', 'float', '1.0'], ['.5', 'float', '0.5'], ['1_0.5', 'float', '10.5'], ['-.5', 'str', '-.5'], ['.', 'str', '.'],
  ['1e3', 'str', '1e3'], ['1.0e3', 'str', '1.0e3'], ['1.e+3', 'float', '1000.0'], ['1.0E-2', 'float', '0.01'], ['12.0e-7', 'float', '1.2e-06'],
  ['1.0e+15', 'float', '1000000000000000.0'], ['1.0e+16', 'float', '1e+16'], ['123456789.123', 'float', '123456789.123'], ['-0.0', 'float', '-0.0'],
  ['.inf', 'float', 'inf'], ['-.INF', 'float', '-inf'], ['+.inf', 'float', 'inf'], ['.nan', 'float', 'nan'], ['1.2.3', 'str', '1.2.3'],
  ['~', 'null', 'None'], ['null', 'null', 'None'], ['NULL', 'null', 'None'], ['nULL', 'str', 'nULL'], ['', 'null', 'None'],
  ['2020-01-01', 'time', '2020-01-01'], ['2020-1-1', 'str', '2020-1-1'], ['2020-01-01 10:11:12', 'time', '2020-01-01 10:11:12'],
  ['2020-01-01T10:11:12.123', 'time', '2020-01-01 10:11:12.123000'], ['2020-01-01 10:11:12 +3', 'time', '2020-01-01 07:11:12'],
  ['2020-01-01t01:02:03.5-03:30', 'time', '2020-01-01 04:32:03.500000'], ['0,1', 'str', '0,1'], ['00 23 * * 0', 'str', '00 23 * * 0'], ['--', 'str', '--'],
  ['!!str 007', 'str', '007'], ['!!int "0x1F"', 'int', '31'], ['!!float "3.10"', 'float', '3.1'], ['!!bool "yes"', 'bool', 'True'], ['!!null x', 'null', 'None'],
  ['"yes"', 'str', 'yes'], ["'007'", 'str', '007'], ['! 007', 'str', '007'],
] // biome-ignore format: a table

function read(text: string) {
  const report = openReport()
  const top = readDocument('/c', Buffer.from(text), report)
  return { top, told: report.issues([]).map(({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`) }
}

describe('plain scalars', () => {
  for (const [source, type, text] of TABLE)
    it(`${JSON.stringify(source)} is ${type} ${text}`, () => {
      const found = memberOf(read(`k: ${source}\n`).top, 'k')?.node
      assert.ok(found?.kind === 'scalar')
      assert.deepEqual([found.type, found.text], [type, text])
    })

  it('are refused where PyYAML fails on them', () => {
    for (const source of ['2020-13-01', '2020-02-30', '0x_', '0b_', '!!int one', '!!bool 1'])
      assert.equal(read(`k: ${source}\n`).top, undefined, source)
  })
})

describe('readDocument', () => {
  const plain = (text: string) => {
    const { top, told } = read(text)
    return { keys: top?.node.kind === 'map' ? [...top.node.members.keys()] : undefined, told, top }
  }

  it('uses the last of duplicate keys, with a warning', () => {
    const { top, told } = plain('a: 1\nb: 2\na: 3\n')
    assert.equal(memberOf(top, 'a')?.node.kind === 'scalar' && memberOf(top, 'a')?.node.kind, 'scalar')
    assert.deepEqual(told, ['3:1 warning duplicate key "a" (first at line 1); the last one is used'])
    const node = memberOf(top, 'a')?.node
    assert.ok(node?.kind === 'scalar' && node.text === '3')
  })

  it('merges as PyYAML does: the mapping itself wins; of a list the first; of two merge keys the last', () => {
    const text = (key: string, path: string) => {
      const node = memberOf(memberOf(plain(key).top, path), 'x')?.node
      return node?.kind === 'scalar' ? node.text : undefined
    }
    const bases = 'b1: &b1 {x: one}\nb2: &b2 {x: two}\n'
    assert.equal(text(`${bases}k: {x: own, <<: *b1}`, 'k'), 'own')
    assert.equal(text(`${bases}k: {<<: *b1}`, 'k'), 'one')
    assert.equal(text(`${bases}k: {<<: [*b1, *b2]}`, 'k'), 'one')
    assert.equal(text(`${bases}k: {<<: *b1, <<: *b2}`, 'k'), 'two')
    assert.equal(text(`${bases}k: {"<<": *b1, x: own}`, 'k'), 'own', 'a quoted one is a name')
  })

  it('lets an anchor be set again', () => {
    const node = memberOf(plain('a: &x 1\nb: &x 2\nc: *x\n').top, 'c')?.node
    assert.ok(node?.kind === 'scalar' && node.text === '2')
  })

  it('keeps names as they are written', () => assert.deepEqual(plain('on: 1\n007: 2\n1_0: 3\n').keys, ['on', '007', '1_0']))

  it('refuses what multiplies without an end', () => {
    const laughs = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join()}]`)
    assert.deepEqual(plain(`a0: &a0 x\n${laughs.join('\n')}\n`).told, ['1:1 error aliases expand to too many nodes'])
    assert.deepEqual(plain(`${'- '.repeat(50_000)}x`).told, ['1:1 error lists and mappings are nested too deeply'])
  })
})
