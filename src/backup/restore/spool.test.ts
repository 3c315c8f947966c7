import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { openSpool } from './spool.ts'

async function* chunks(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text)
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of bytes) text += Buffer.from(chunk).toString()
  return text
}

describe('a copy of an object', () => {
  it('passes the bytes on, and returns them as often as they are read, from a file without a name', async (t) => {
    const folder = temporaryFolder(t)
    const spool = await openSpool(folder, 10)
    assert.equal(await textOf(spool.keep(chunks('one', '', 'two'))), 'onetwo')
    assert.deepEqual(readdirSync(folder), [])
    assert.equal(await textOf(spool.read()), 'onetwo')
    assert.equal(await textOf(spool.read()), 'onetwo')
    await spool.close()
  })

  it('is not made without room for it', async (t) => {
    const folder = temporaryFolder(t)
    const refused = openSpool(folder, Number.MAX_SAFE_INTEGER)
    await assert.rejects(refused, {
      code: 'backup/no-room',
      message: /^not enough space in .* for a copy of the object \(8\.0 PiB\): it has .* of free space/u,
    })
    assert.deepEqual(readdirSync(folder), [])
  })
})
