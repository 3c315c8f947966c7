import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { indexLines } from './line-index.ts'

const folder = mkdtempSync(join(tmpdir(), 'lines-'))
after(() => rmSync(folder, { recursive: true }))

it('the lines of a file are counted and read, including a last line without a newline', async () => {
  for (const [text, lines] of [
    ['', []],
    ['a\n', ['a']],
    ['a\nFATAL', ['a', 'FATAL']],
    ['a\n\n', ['a', '']],
  ] as const) {
    const file = join(folder, 'log')
    writeFileSync(file, text)
    const index = indexLines(await open(file))
    await index.until(Number.POSITIVE_INFINITY)
    assert.equal(index.count, lines.length, JSON.stringify(text))
    assert.deepEqual(
      (await index.read(0, 10)).map((it) => it.text),
      [...lines],
    )
    await index.close()
  }
})
