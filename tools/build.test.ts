import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { buildFolder, withoutImports } from './build.ts'

it('rejects a folder that contains other files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    writeFileSync(join(folder, 'mine'), '')
    // No checkout: to build it would fail as well, but later.
    await assert.rejects(buildFolder(join(folder, 'nowhere'), folder), /contains other files/u)
    assert.deepEqual(readdirSync(folder), ['mine'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('takes modules of Node.js without importing them', () => {
  const taken = (module: string) => `globalThis.process.getBuiltinModule("node:${module}")`
  const code = [
    'import { a, b as c } from "node:fs/promises";',
    'import tls, { connect } from "node:tls";',
    'import * as zlib from "node:zlib";',
    'import { default as http2, constants as f } from "node:http2";',
    'import { default as os } from "node:os";',
    'import { d } from "./start.mjs";',
    'const text = `import it from "node:os"`;',
  ]
  assert.deepEqual(withoutImports(code.join('\n')).split('\n'), [
    `const { a, b: c } = ${taken('fs/promises')};`,
    `const tls = ${taken('tls')}; const { connect } = ${taken('tls')};`,
    `const zlib = ${taken('zlib')};`,
    `const http2 = ${taken('http2')}; const { constants: f } = ${taken('http2')};`,
    `const os = ${taken('os')};`,
    ...code.slice(5),
  ])
})
