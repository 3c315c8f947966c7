import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { buildFolder, onDemand } from './build.ts'

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

it('loads large modules of Node.js when they are used', () => {
  const code = [
    'let node_crypto = require("node:crypto");',
    'let node_fs = require("node:fs");',
    'const hashOf = (text) => (0, node_crypto.createHash)("sha256").update(text);',
    'const hash = new node_crypto.Hash("sha256");',
    'const other = it.node_crypto.createHash + $node_crypto.x;',
  ]
  assert.deepEqual(onDemand(code.join('\n')).split('\n'), [
    'let node_crypto$; const node_crypto = () => node_crypto$ ??= require("node:crypto");',
    code[1],
    'const hashOf = (text) => (0, node_crypto().createHash)("sha256").update(text);',
    'const hash = new (node_crypto()).Hash("sha256");',
    code[4],
  ])
})

it('loads a module at once that is also used as a whole', () => {
  const code = 'let node_zlib = require("node:zlib");\nnode_zlib = __toESM(node_zlib, 1);\nnode_zlib.default.crc32(it);'
  assert.equal(onDemand(code), code)
})
