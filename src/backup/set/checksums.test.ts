import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { checksumLine } from './checksums.ts'

describe('checksumLine', () => {
  const names = ['plain', 'two  words', 'a/b', '-rf', '-', 'back\\slash', 'line\nbreak', '\\n', '*star', 'é日本', "it's", ' lead', 'tab\t', '#']

  it('writes what sha256sum reads, whatever the name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sums-'))
    try {
      let text = ''
      for (const name of names) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), name)
        text += checksumLine(createHash('sha256').update(name).digest('hex'), name)
      }
      writeFileSync(join(folder, 'SHA256SUMS'), text)
      const good = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
      assert.equal(good.trim().split('\n').length, names.length)
      writeFileSync(join(folder, 'line\nbreak'), 'changed')
      assert.equal(spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: folder }).status, 1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('writes plain names as sha256sum itself does', () => {
    assert.equal(checksumLine('0'.repeat(64), 'a b'), `${'0'.repeat(64)}  a b\n`)
    assert.equal(checksumLine('0'.repeat(64), 'a\\b\nc'), `\\${'0'.repeat(64)}  a\\\\b\\nc\n`)
  })
})
