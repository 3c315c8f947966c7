import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { writtenBytes } from './written-bytes.ts'

describe('writtenBytes', () => {
  it('is what other processes have written through the same open file, whatever we read of it', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-written-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const fd = openSync(join(folder, 'file'), 'wx+')
    assert.equal(writtenBytes(fd), 0)
    for (const total of [5, 10]) {
      spawnSync('printf', ['12345'], { stdio: ['ignore', fd, 'ignore'] })
      readSync(fd, Buffer.alloc(3), 0, 3, 1)
      assert.equal(writtenBytes(fd), total)
    }
    closeSync(fd)
    assert.equal(writtenBytes(fd), 0)
  })
})
