import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { secretResolver } from './resolve-secret.ts'

describe('secretResolver', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'))
    await writeFile(join(folder, 'a'), 'two words\nand more\n')
  })
  after(() => rm(folder, { recursive: true }))

  it('reads variables, files and credentials, one line break removed', async () => {
    const resolve = secretResolver({ env: { X: 'from env', CREDENTIALS_DIRECTORY: folder } })
    assert.equal(await resolve({ kind: 'env', name: 'X' }), 'from env')
    assert.equal(await resolve({ kind: 'file', path: join(folder, 'a') }), 'two words\nand more')
    assert.equal(await resolve({ kind: 'credential', name: 'a' }), 'two words\nand more')
  })

  it('reports which secret is missing, and its location', async () => {
    const resolve = secretResolver({ env: {} })
    await assert.rejects(resolve({ kind: 'env', name: 'X' }), { code: 'cli/no-secret', message: /missing environment variable "X"/u })
    await assert.rejects(resolve({ kind: 'file', path: join(folder, 'b') }), { code: 'cli/no-secret', message: /could not read the secret in/u })
    await assert.rejects(resolve({ kind: 'credential', name: 'a' }), { code: 'cli/no-secret', hint: /LoadCredential/u })
  })

  it('rejects empty ones', async () => {
    await writeFile(join(folder, 'empty'), '\n')
    const resolve = secretResolver({ env: { X: '' } })
    await assert.rejects(resolve({ kind: 'env', name: 'X' }), { code: 'cli/no-secret', message: /variable "X", which contains a secret, is empty/u })
    await assert.rejects(resolve({ kind: 'file', path: join(folder, 'empty') }), { code: 'cli/no-secret', message: /empty" is empty/u })
  })
})
