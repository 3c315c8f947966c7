import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openReport } from '../issue-report.ts'
import { follow, mergeNodes, plainValue, type YamlNode } from './node.ts'
import { readYaml } from './read-yaml.ts'

function read(text: string): YamlNode {
  const report = openReport()
  const node = readYaml('/a', Buffer.from(text), report)
  assert.ok(node, JSON.stringify(report.issues([])))
  return node
}

const faultsOf = (bytes: string | Uint8Array) => {
  const report = openReport()
  assert.equal(readYaml('/a', Buffer.from(bytes), report), undefined)
  return report.issues([]).map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('readYaml', () => {
  it('reads YAML 1.2: yes and no are words, and so is a date', () => {
    const text = 'a: yes\nb: true\nc: 0o17\nd: 2001-01-01\ne: ~\nf: |\n  x\n  y\ng: 1.5\n'
    assert.deepEqual(plainValue(read(text)), { a: 'yes', b: true, c: 15, d: '2001-01-01', e: null, f: 'x\ny\n', g: 1.5 })
  })

  it('reads an empty file, and one with only comments, as an empty mapping', () => {
    for (const text of ['', '# x\n', '---\n', '\ufeff']) assert.deepEqual(plainValue(read(text)), {}, JSON.stringify(text))
  })

  it('resolves aliases and merges mappings, whose own keys take precedence', () => {
    const text = 'a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\nc: { <<: [*a, *b], x: 0 }\nd: [*a, *a]\n'
    assert.deepEqual((plainValue(read(text)) as { c: object }).c, { x: 0, y: 2, z: 4 })
    assert.deepEqual((plainValue(read(text)) as { d: object }).d, [
      { x: 1, y: 2 },
      { x: 1, y: 2 },
    ])
  })

  it('keeps names as they are written, and their order', () => {
    const node = read('b: 1\n01: 2\n1: 3\na: 4\ntrue: 5\n')
    assert.ok(node.kind === 'map')
    assert.deepEqual([...node.members.keys()], ['b', '01', '1', 'a', 'true'])
  })

  it('has the location of every node, counted in characters', () => {
    const node = read('a:\n  - 🙂: [x, y]\n')
    const { node: found, path } = follow({ node, path: '' }, ['a', 0, '🙂', 1])
    assert.deepEqual({ at: found.at, path }, { at: { line: 2, column: 12 }, path: 'a[0]["🙂"][1]' })
  })

  it('reads a large file on one line in reasonable time, with locations', () => {
    const count = 20_000
    const items = Array.from({ length: count }, () => '{ id: "🙂" }').join(', ')
    const { node: last } = follow({ node: read(`list: [${items}, x]\n`), path: '' }, ['list', count])
    assert.deepEqual(last.at, { line: 1, column: 'list: ['.length + count * '{ id: "x" }, '.length + 1 })
  })

  it('refuses what multiplies without an end', () => {
    const laughs = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array.from({ length: 10 }, () => `*a${index}`).join()}]`,
    )
    assert.deepEqual(faultsOf(`a0: &a0 x\n${laughs.join('\n')}\n`), ['1:1 aliases expand to too many nodes'])
    assert.deepEqual(faultsOf('a: &a [*a]\n'), ['1:8 alias "a" is inside its own anchor'])
    assert.deepEqual(faultsOf(`${'- '.repeat(50_000)}x`), ['1:1 lists and mappings are nested too deeply'])
  })

  it('rejects a file that is not text', () => {
    assert.deepEqual(faultsOf(Buffer.from([0x61, 0x3a, 0x20, 0xff])), ['1:4 invalid UTF-8'])
    assert.deepEqual(faultsOf('a: 1\nb: \u0007\n'), ['2:4 unexpected control character'])
    assert.deepEqual(faultsOf('x'.repeat(5_000_000)), ['1:1 file too large: more than 4 MiB'])
  })
})

describe('mergeNodes', () => {
  it('merges mappings name by name, and replaces all else', () => {
    const merged = mergeNodes(read('a: { x: 1, l: [1, 2] }\nb: 1\n'), read('a: { y: 2, l: [3] }\nc: 2\nb: { z: 1 }\n'))
    assert.deepEqual(plainValue(merged), { a: { x: 1, l: [3], y: 2 }, b: { z: 1 }, c: 2 })
  })
})
