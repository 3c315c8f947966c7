import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { renderBiome } from './generate-biome.ts'
import { plantedTree } from './planted-tree.ts'

interface Diagnostic {
  readonly category: string
  readonly location: { readonly path: string }
}

const promised = 'export async function work(): Promise<number> {\n  return await Promise.resolve(1)\n}\n'
const nested = (depth: number): string => (depth === 0 ? 'n += 1' : `if (n > ${depth}) {\n${nested(depth - 1)}\n}`)
const body = (lines: number) => Array.from({ length: lines }, (_, i) => `  n += ${i}`).join('\n')

/** Per file one fault, and the rule that must name it. */
const planted: Readonly<Record<string, { readonly rule: string; readonly text: string }>> = {
  'src/plan/up.ts': { rule: 'lint/style/noRestrictedImports', text: "import { x } from '../run/x.ts'\n\nexport const a = x\n" },
  'src/plan/up-type.ts': { rule: 'lint/style/noRestrictedImports', text: "import type { X } from '../run/x.ts'\n\nexport type A = X\n" },
  'src/plan/up-export.ts': { rule: 'lint/style/noRestrictedImports', text: "export type { X } from '../run/x.ts'\n" },
  'src/plan/up-dynamic.ts': { rule: 'lint/style/noRestrictedImports', text: "export const a = await import('../run/x.ts')\n" },
  'src/plan/up.test.ts': { rule: 'lint/style/noRestrictedImports', text: "import { x } from '../run/x.ts'\n\nexport const a = x\n" },
  'src/run/to-cli.ts': { rule: 'lint/style/noRestrictedImports', text: "import { x } from '../cli/x.ts'\n\nexport const a = x\n" },
  'src/run/spawns.ts': { rule: 'lint/style/noRestrictedImports', text: "import { spawn } from 'node:child_process'\n\nexport const a = spawn\n" },
  'src/run/opens.ts': {
    rule: 'lint/style/noRestrictedImports',
    text: "import { DatabaseSync } from 'node:sqlite'\n\nexport const a = DatabaseSync\n",
  },
  'src/main.ts': { rule: 'lint/style/noRestrictedImports', text: "import { spawn } from 'node:child_process'\n\nexport const a = spawn\n" },
  'src/run/floating.ts': { rule: 'lint/nursery/noFloatingPromises', text: `${promised}\nexport function f(): void {\n  work()\n}\n` },
  'src/run/misused.ts': {
    rule: 'lint/nursery/noMisusedPromises',
    text: `${promised}\nexport function f(): number {\n  if (work()) return 1\n  return 2\n}\n`,
  },
  'src/run/switch.ts': {
    rule: 'lint/nursery/useExhaustiveSwitchCases',
    text: "export function f(kind: 'a' | 'b'): number {\n  switch (kind) {\n    case 'a':\n      return 1\n  }\n  return 2\n}\n",
  },
  'src/run/tangled.ts': {
    rule: 'lint/complexity/noExcessiveCognitiveComplexity',
    text: `export function f(start: number): number {\nlet n = start\n${nested(6)}\nreturn n\n}\n`,
  },
  'src/run/long-function.ts': {
    rule: 'lint/complexity/noExcessiveLinesPerFunction',
    text: `export function f(start: number): number {\n  let n = start\n${body(81)}\n  return n\n}\n`,
  },
  'src/run/long-file.ts': {
    rule: 'lint/style/noExcessiveLinesPerFile',
    text: Array.from({ length: 301 }, (_, i) => `export const a${i} = ${i}\n`).join(''),
  },
  'src/run/any.ts': { rule: 'lint/suspicious/noExplicitAny', text: 'export const a: any = 1\n' },
  'src/run/default.ts': { rule: 'lint/style/noDefaultExport', text: 'const a = 1\nexport default a\n' },
  'src/run/fearless.ts': { rule: 'lint/style/noNonNullAssertion', text: 'export const f = (a: string | undefined) => a!.length\n' },
  'src/run/unused.ts': { rule: 'lint/correctness/noUnusedVariables', text: 'const a = 1\n' },
  'src/run/BadName.ts': { rule: 'lint/style/useFilenamingConvention', text: 'export const a = 1\n' },
  'src/run/idle-disable.ts': {
    rule: 'suppressions/unused',
    text: '// biome-ignore lint/suspicious/noExplicitAny: nothing to ignore\nexport const a = 1\n',
  },
  'src/run/only.test.ts': { rule: 'lint/suspicious/noFocusedTests', text: "import { it } from 'node:test'\n\nit.only('x', () => {})\n" },
  'src/run/semicolon.ts': { rule: 'format', text: 'export const a = "b";\n' },
}

/** Faultless neighbours: what a room holds or may do. */
const clean: Readonly<Record<string, string>> = {
  'src/run/x.ts': 'export type X = 1\nexport const x = 1\n',
  'src/cli/x.ts': "import { x as other } from '../run/x.ts'\n\nexport const x = other\n",
  'src/process/spawns.ts': "import { spawn } from 'node:child_process'\n\nexport const a = spawn\n",
  'src/run/spawns.test.ts': "import { spawn } from 'node:child_process'\n\nexport const a = spawn\n",
}

describe('biome.json', () => {
  const texts = Object.fromEntries(Object.entries(planted).map(([path, { text }]) => [path, text]))
  const root = plantedTree({ ...clean, ...texts, 'biome.json': renderBiome() })
  copyFileSync(fileURLToPath(new URL('../tsconfig.json', import.meta.url)), join(root, 'tsconfig.json'))
  const args = ['check', '--error-on-warnings', '--reporter=json', '--max-diagnostics=none']
  const biome = spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd: root, encoding: 'utf8' })
  rmSync(root, { recursive: true })
  const { diagnostics } = JSON.parse(biome.stdout) as { readonly diagnostics: readonly Diagnostic[] }
  const rulesIn = (path: string) => diagnostics.filter((it) => it.location?.path === path).map((it) => it.category)

  for (const [path, { rule }] of Object.entries(planted)) {
    it(`finds the fault in ${path}`, () => assert.ok(rulesIn(path).includes(rule), `${rule} not among ${rulesIn(path)}`))
  }
  it('finds nothing in faultless files', () => {
    for (const path of Object.keys(clean)) assert.deepEqual(rulesIn(path), [], path)
  })
  it('fails', () => assert.equal(biome.status, 1))
})
