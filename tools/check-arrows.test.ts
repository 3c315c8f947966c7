import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import { checkArrows } from './check-arrows.ts'
import { plantedTree } from './planted-tree.ts'
import { detours, privileges, rooms, topFiles } from './rooms.ts'

function findingsIn(files: Readonly<Record<string, string>>): readonly string[] {
  const root = plantedTree(files)
  try {
    return checkArrows(root).findings
  } finally {
    rmSync(root, { recursive: true })
  }
}

const target = 'export const value = 1\nexport type T = 1\n'

describe('arrows', () => {
  const forms = {
    'a value': "import { value } from '../run/x.ts'\nexport const a = value",
    'a type': "import type { T } from '../run/x.ts'\nexport type A = T",
    're-export': "export * from '../run/x.ts'",
    're-exported type': "export type { T } from '../run/x.ts'",
    'bare import': "import '../run/x.ts'",
    'import()': "export const a = await import('../run/x.ts')",
    'import() of a template': 'export const a = await import(`../run/x.ts`)',
    'a type by import()': "export type A = import('../run/x.ts').T",
    'a type by import() inside an argument': "export const f = (x: readonly import('../run/x.ts').T[]) => x",
    'typeof import()': "export type A = typeof import('../run/x.ts')",
    'import = require': "import x = require('../run/x.ts')\nexport const a = x",
    'a detour through the parent': "import { value } from '../../src/run/x.ts'\nexport const a = value",
  }
  for (const [name, text] of Object.entries(forms)) {
    it(`finds ${name} against an arrow`, () => {
      const findings = findingsIn({ 'src/plan/a.ts': text, 'src/run/x.ts': target })
      assert.deepEqual(findings, ['src/plan/a.ts:1: plan may not import run'])
    })
  }

  it('is not misled by comments, strings and names', () => {
    const text = `// import '../run/x.ts'\nexport const a = "import '../run/x.ts'"\nexport const b = { process: 1, console: 2, exit: a }\nb.process\n`
    assert.deepEqual(findingsIn({ 'src/plan/a.ts': text, 'src/run/x.ts': target }), [])
  })

  it('lets a room that may have types only import types only', () => {
    const of = (text: string) => findingsIn({ 'src/journal/a.ts': text, 'src/run/x.ts': target })
    assert.deepEqual(
      of("import type { T } from '../run/x.ts'\nexport type A = T | import('../run/x.ts').T\nexport type { T } from '../run/x.ts'"),
      [],
    )
    const refused = ['src/journal/a.ts:1: journal may import types of run, and nothing else: write "import type"']
    assert.deepEqual(of("import { value } from '../run/x.ts'\nexport const a = value"), refused)
    assert.deepEqual(of("import { type T } from '../run/x.ts'\nexport type A = T"), refused)
    assert.deepEqual(of("export * from '../run/x.ts'"), refused)
  })

  it('lets only main.ts import cli, and no file import main.ts', () => {
    for (const room of Object.keys(rooms).filter((it) => it !== 'cli')) {
      const findings = findingsIn({ [`src/${room}/a.ts`]: "import type { T } from '../cli/x.ts'\nexport type A = T", 'src/cli/x.ts': target })
      assert.deepEqual(findings, [`src/${room}/a.ts:1: ${room} may not import cli`])
    }
    const main = "import { value } from './cli/x.ts'\nexport const a = value"
    assert.deepEqual(findingsIn({ 'src/main.ts': main, 'src/cli/x.ts': target }), [])
    assert.deepEqual(findingsIn({ 'src/main.ts': target, 'src/cli/a.ts': "import '../main.ts'" }), [
      'src/cli/a.ts:1: nothing may import "src/main.ts"',
    ])
  })

  it('finds cycles, of types too, between rooms and inside one', () => {
    const cycle = (how: string) =>
      findingsIn({ 'src/lib/a.ts': `${how} './b.ts'`, 'src/lib/b.ts': `${how} './c.ts'`, 'src/lib/c.ts': `${how} './a.ts'` })
    for (const how of ['export * from', 'export type * from', 'import']) {
      assert.deepEqual(cycle(how), ['src/lib/a.ts: import cycle: src/lib/a.ts -> src/lib/b.ts -> src/lib/c.ts -> src/lib/a.ts'])
    }
    assert.deepEqual(findingsIn({ 'src/lib/a.ts': "export type A = import('./a.ts').A" }), [
      'src/lib/a.ts: import cycle: src/lib/a.ts -> src/lib/a.ts',
    ])
    assert.deepEqual(
      findingsIn({ 'src/lib/a.ts': "import './b.ts'\nimport './c.ts'", 'src/lib/b.ts': "import './c.ts'", 'src/lib/c.ts': target }),
      [],
    )
  })

  it('finds folders of a room that import each other, and crowded ones', () => {
    const files = {
      'src/lib/a/x.ts': "import type { X } from '../b/y.ts'\nimport '../c.ts'",
      'src/lib/b/y.ts': target,
      'src/lib/b/z.ts': "import '../a/w.ts'",
      'src/lib/a/w.ts': target,
      'src/lib/c.ts': "import './a/w.ts'",
    }
    assert.deepEqual(findingsIn(files), ['src/lib/a: folders import each other: src/lib/a -> src/lib/b -> src/lib/a'])
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`src/lib/a/${index}.ts`, target]))
    assert.deepEqual(findingsIn({ ...many, 'src/lib/a/0.test.ts': target }), ['src/lib/a: 21 files side by side, at most 20'])
  })

  it('reports files that are not in the table or cannot be read', () => {
    const findings = findingsIn({
      'src/utils/a.ts': target,
      'src/stray.ts': target,
      'src/plan/run/a.ts': target,
      'src/plan/old.js': 'export const a = 1',
      'src/plan/broken.ts': 'export const = 1',
      'src/plan/outside.ts': "import '../../tools/x.ts'\nimport '/etc/x.ts'\nexport const a = await import('./' + String(1))",
    })
    assert.deepEqual(findings, [
      'src/plan/broken.ts: cannot be parsed: Unexpected token',
      'src/plan/old.js: source files end in .ts',
      'src/plan/outside.ts:1: the product may not import "tools/x.ts", outside of src/',
      'src/plan/outside.ts:2: imports are relative or of packages',
      'src/plan/outside.ts:3: the target of this import() is computed and cannot be checked',
      'src/plan/run/a.ts: a folder inside a room must not have the name of a room ("run")',
      'src/stray.ts: "stray.ts" is not in the table of rooms (tools/rooms.ts)',
      'src/utils/a.ts: "utils" is not in the table of rooms (tools/rooms.ts)',
    ])
  })

  it('reads every file, and fails without files', () => {
    const root = plantedTree({ 'src/lib/a.ts': target, 'src/lib/deep/er/b.test.ts': target, 'src/main.ts': target })
    assert.deepEqual(checkArrows(root), { findings: [], filesRead: 3 })
    rmSync(root, { recursive: true })
    assert.deepEqual(findingsIn({ 'src/lib/notes.txt': '' }), ['src: no source file was found'])
  })
})

/** Ways to what goes by paths. */
function memberImports(module: string): string[] {
  return [
    `import { rename } from '${module}'`,
    `import { lstat, open as o } from '${module}'`,
    `import * as f from '${module}'`,
    `import f from '${module}'`,
  ]
}

describe('restrictions', () => {
  it('lets go by descriptors, and look, where paths are kept to few', () => {
    for (const text of ["import { close, fstat, lstat, constants, type Stats } from 'node:fs'", "import type { FileHandle } from 'node:fs/promises'"])
      assert.deepEqual(findingsIn({ 'src/backup/a.ts': text }), [])
    assert.equal(findingsIn({ 'src/backup/a.ts': "export * from 'node:fs'" }).length, 1)
    assert.equal(findingsIn({ 'src/backup/a.ts': "export const f = await import('node:fs')" }).length, 1)
  })

  const places = { ...rooms, ...topFiles }
  for (const [name, { modules = [], members, uses = [] }] of [...Object.entries(privileges), ['detours', detours] as const]) {
    const holders = Object.keys(places).filter((place) => places[place]?.holds?.some((held) => held === name))
    const imports = members === undefined ? modules.map((module) => `import '${module}'`) : modules.flatMap((module) => memberImports(module))
    const texts = [...imports, ...uses.map((use) => (use === 'new Date' ? 'new Date()' : `void ${use}`))]

    it(`keeps "${name}" to ${holders.join(', ') || 'nobody'}`, () => {
      assert.ok(texts.length > 0)
      for (const text of texts) {
        const caught = Object.keys(places).filter(
          (place) => findingsIn({ [place.endsWith('.ts') ? `src/${place}` : `src/${place}/a.ts`]: text }).length === 1,
        )
        assert.deepEqual(
          caught,
          Object.keys(places).filter((place) => !holders.includes(place)),
          text,
        )
      }
    })
  }

  it('sees through the spellings of a use', () => {
    const spellings = [
      "process['exit'](1)",
      'process?.exit(1)',
      'process.exit.call(0)',
      'const { exit } = process',
      'const p = process',
      'f(process)',
      'Date()',
    ]
    for (const text of [
      ...spellings,
      'globalThis.process.exit(1)',
      'global.process.exit(1)',
      'console.log(1)',
      'function f(process: string) {}',
      'const now = Date.now',
    ]) {
      assert.equal(findingsIn({ 'src/plan/a.ts': text }).length, 1, text)
    }
    for (const text of ['new Date(5)', 'Date.UTC(2026)', 'let a: Date', 'type A = typeof process.exit', 'process.pid', 'process.cwd()']) {
      assert.deepEqual(findingsIn({ 'src/plan/a.ts': text }), [], text)
    }
  })

  it('frees tests of restrictions, and of no arrow', () => {
    const text = "import 'node:child_process'\nimport { value } from '../run/x.ts'\nprocess.exit(value)\nawait import(value)"
    assert.deepEqual(findingsIn({ 'src/plan/a.test.ts': text, 'src/run/x.ts': target }), ['src/plan/a.test.ts:2: plan may not import run'])
    const importsTest = findingsIn({ 'src/plan/a.ts': "import './a.suite.ts'", 'src/plan/a.suite.ts': '' })
    assert.deepEqual(importsTest, ['src/plan/a.ts:1: only tests import tests ("src/plan/a.suite.ts")'])
  })
})
