import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { lentChunks, streamOfFile } from './lent-chunks.ts'

const MIB = 1024 * 1024

describe('the chunks of a file', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lent-chunks-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function streamOf(content: Buffer, signal = new AbortController().signal) {
    const path = join(folder, 'file')
    writeFileSync(path, content)
    return streamOfFile(await open(path), { signal, label: '"file"' })
  }

  it('are all of it, whatever its size, and close it', async () => {
    for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 7]) {
      const content = Buffer.alloc(size, `${size} `)
      const stream = await streamOf(content)
      const parts: Buffer[] = []
      for await (const chunk of lentChunks(stream)) parts.push(Buffer.from(chunk))
      assert.ok(Buffer.concat(parts).equals(content), String(size))
      assert.equal(stream.destroyed, true)
    }
  })

  it('end with an error when the reading is stopped, before or within it', async () => {
    for (const mostChunks of [0, 1]) {
      const stop = new AbortController()
      const stream = await streamOf(Buffer.alloc(4 * MIB), stop.signal)
      if (mostChunks === 0) stop.abort()
      const read = async () => {
        for await (const _ of lentChunks(stream)) stop.abort()
      }
      await assert.rejects(read, { code: 'storage/aborted' })
      // Nothing is thrown that nobody awaits.
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  it('close the file if the reader leaves', async () => {
    const stream = await streamOf(Buffer.alloc(4 * MIB))
    for await (const chunk of lentChunks(stream)) {
      assert.equal(chunk.length, MIB)
      break
    }
    assert.equal(stream.destroyed, true)
  })
})
