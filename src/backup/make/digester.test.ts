import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Digester, openDigester } from './digester.ts'

let folder: string
let digester: Digester
let count = 0

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'digester-'))
  digester = openDigester()
})

after(async () => {
  await digester.close()
  rmSync(folder, { recursive: true })
})

/** Follows a file while a program writes it. */
async function digestOf(script: string): Promise<void> {
  const path = join(folder, String(count++))
  const fd = openSync(path, 'wx+')
  const following = digester.follow(fd)
  const writer = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', fd, 'inherit'] })
  await once(writer, 'exit')
  const digest = await following.finish()
  closeSync(fd)
  const bytes = readFileSync(path)
  assert.deepEqual(digest, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
}

describe('a digester', () => {
  it('digests nothing, a little, and what ends between two looks', async () => {
    await digestOf(':')
    await digestOf('echo hello')
    await digestOf('head -c 3000000 /dev/urandom')
  })

  it('follows many large files at once while they grow', async () => {
    const slow = 'for i in 1 2 3 4 5; do head -c 3000001 /dev/urandom; sleep 0.1; done'
    await Promise.all(Array.from({ length: 6 }, () => digestOf(slow)))
  })

  it('lets go of a file that is dropped, followed or not', async () => {
    for (const bytes of [10, 8_000_000]) {
      const fd = openSync(join(folder, String(count++)), 'wx+')
      const following = digester.follow(fd)
      writeSync(fd, Buffer.alloc(bytes))
      await new Promise((resolve) => setTimeout(resolve, 150))
      await following.drop()
      closeSync(fd)
    }
    await digestOf('head -c 6000000 /dev/zero; sleep 0.2; echo more')
  })

  it('reports a file that cannot be read back', async () => {
    const fd = openSync('/dev/full', 'w')
    const following = digester.follow(fd)
    await assert.rejects(following.finish(), /EBADF|read/u)
    closeSync(fd)
  })
})
