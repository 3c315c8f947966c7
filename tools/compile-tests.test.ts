import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { compileTests } from './compile-tests.ts'

describe('compiling the tests before they run', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'compile-tests-'))
    mkdirSync(join(root, 'src'))
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  })
  afterEach(() => rmSync(root, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(root, 'src', name), text)
  const compile = () => {
    compileTests(root, { files: ['src/a.test.ts'], cache: join(root, 'cache') })
    const isComplete = existsSync(join(root, 'cache/complete'))
    const entries = existsSync(join(root, 'cache')) ? readdirSync(join(root, 'cache'), { recursive: true, withFileTypes: true }) : []
    return { isComplete, count: entries.filter((it) => it.isFile() && it.name !== 'complete').length }
  }

  it('stores a file and what it imports, executes neither, and does it again only if a source has changed', () => {
    write(
      'b.ts',
      `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(join(root, 'executed'))}, '')\nexport const b: number = 1\n`,
    )
    write('a.test.ts', `import { b } from './b.ts'\nconsole.log(b as number)\n`)
    const first = compile()
    // Each in TypeScript and as what V8 made of it.
    assert.ok(first.isComplete && first.count >= 4, JSON.stringify(first))
    assert.ok(!existsSync(join(root, 'executed')))
    for (const name of readdirSync(join(root, 'cache'))) if (name !== 'complete') rmSync(join(root, 'cache', name), { recursive: true })
    assert.equal(compile().count, 0)
    rmSync(join(root, 'cache/complete'))
    assert.deepEqual(compile(), first)
  })

  it('leaves an error in a file to its tests', () => {
    write('a.test.ts', `import './none.ts'\n`)
    assert.equal(compile().isComplete, false)
  })
})
