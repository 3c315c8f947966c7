import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { copyCheckout } from '../../test/support/checkout-copy.ts'
import { requires } from '../../test/support/requires.ts'
import { makeBlob } from './build-exe.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

describe('the executable', () => {
  // The whole file: test/long/packages-in-debian.test.ts.
  it('contains the same bytes when it is built from another folder', { skip: requires('root', 'leave to mount') }, async (t) => {
    const top = mkdtempSync(join(tmpdir(), 'same-blob-'))
    t.after(() => rmSync(top, { recursive: true, force: true }))
    const copy = join(top, 'copy')
    const release = copyCheckout(checkout, copy)
    const blobOf = async (root: string, name: string) => {
      mkdirSync(join(top, name))
      await makeBlob(root, join(top, name), [process.execPath])
      return readFileSync(join(top, name, 'holdfast.blob'))
    }
    try {
      const [here, there] = [await blobOf(checkout, 'here'), await blobOf(copy, 'there')]
      assert.ok(here.length > 1_000_000)
      assert.ok(here.equals(there))
      assert.ok(!here.includes(Buffer.from(copy)) && !here.includes(Buffer.from(checkout)))
    } finally {
      release()
    }
  })
})
