import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterEach, describe, it } from 'node:test'
import { checkDuplicates } from './check-duplicates.ts'
import { plantedTree } from './planted-tree.ts'

const one = `import { open } from './open.ts'

/** The sum of the sizes of the files. */
export function sizeOf(files: readonly string[], limit: number): number {
  let sum = 0
  for (const file of files) {
    const { size } = open(file)
    if (size > limit) continue
    // Empty files have no size.
    if (size === 0) throw new Error(\`empty: \${file}\`)
    sum += size
    if (sum > 1000) return 1000
  }
  return sum
}
`

/** The same shape: other names, literals, comments and line breaks. */
const other = `import { lstat as other, type Facts } from '../other/lstat.ts'

export function total(
  paths: readonly string[],
  most: number,
): number {
  let bytes = 1
  for (const path of paths) {
    const { blocks } = other(path)
    if (blocks > most) continue
    if (blocks === 2) throw new Error(\`none: \${path}\`)

    bytes += blocks
    if (bytes > 20) return 30
  }
  return bytes
}
`

const rows = (names: readonly string[]) =>
  `export const table = {\n${names.map((name) => `  ${name}: { text: '${name}', count: 1 },`).join('\n')}\n}\n`
const many = Array.from({ length: 20 }, (_, index) => `row${index}`)

describe('the check for duplicates', () => {
  let root = ''
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  function findingsIn(files: Readonly<Record<string, string>>, tables: Parameters<typeof checkDuplicates>[1] = []) {
    root = plantedTree(files)
    return checkDuplicates(root, tables).findings
  }

  it('finds code of the same shape in two files', () => {
    assert.deepEqual(findingsIn({ 'src/lib/one.ts': one, 'src/lib/other.ts': other }), [
      'src/lib/one.ts:4-15: 11 lines of the same shape as src/lib/other.ts:3-17',
    ])
  })

  it('finds it in one file', () => {
    const twice = `${one}${one.replace(/^import.*\n/u, '').replaceAll('sizeOf', 'sizeAgain')}`
    assert.deepEqual(findingsIn({ 'src/lib/one.ts': twice }), ['src/lib/one.ts:4-15: 11 lines of the same shape as src/lib/one.ts:18-29'])
  })

  it('permits nine lines', () => {
    const changed = other.replace('for (const path of paths)', 'for (let path of paths)')
    assert.deepEqual(findingsIn({ 'src/lib/one.ts': one, 'src/lib/other.ts': changed }), [])
  })

  it('permits rows of a table, imports, and tests', () => {
    const imports = many.map((name) => `import { ${name} } from './${name}.ts'`).join('\n')
    const files = { 'src/lib/one.ts': rows(many), 'src/lib/other.ts': rows(many), 'src/lib/one.test.ts': one, 'src/lib/other.test.ts': one }
    assert.deepEqual(findingsIn({ ...files, 'src/lib/imports.ts': imports, 'src/lib/more.ts': imports }), [])
  })

  it('permits what is listed as a table, and reports what is listed without need', () => {
    const files = { 'src/lib/one.ts': one, 'src/lib/other.ts': other }
    const table = { files: Object.keys(files), why: 'texts' }
    assert.deepEqual(findingsIn(files, [table, { files: ['src/lib/one.ts'], why: 'data' }]), [
      'src/lib/one.ts: listed as a table, but contains no duplicates',
    ])
  })
})
