import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderRestoreGuide } from '../../src/backup/guide/restore-guide.ts'
import { type Block, parseGuide } from '../../web/src/guide/parse-guide.ts'
import { guideBlocks } from '../support/guide.ts'

const HOSTILE = 'etc/*a*_b_`c`<img src=x onerror=alert(1)>[x](http://evil) ## **d**.tar.zst'
const object = (path: string, more: object = {}) => ({
  ...{ path, bytes: 1234, sha256: 'ab'.repeat(32), stages: [{ program: 'tar', durationMs: 1 }], filters: ['zstd'], source: 'tar' as const },
  ...more,
})
const guide = renderRestoreGuide({
  ...{ version: 1, tool: 'holdfast 0.1.0', set: '20260102T030405Z', host: 'db_07*', run: 'r', task: 'nightly', step: 'nightly' },
  ...{ began: '2026-01-02T03:04:05Z', ended: '2026-01-02T03:05:05Z' },
  objects: [object('etc.tar.zst'), object(HOSTILE), object('db.sql.age', { filters: ['age'], source: undefined, kind: 'postgresql' })],
})
const blocks = parseGuide(guide)
const wordsOf = (block: Block) => ('spans' in block ? block.spans.map(({ text }) => text).join('') : '')

test('the page of a guide displays each block of commands unchanged', () => {
  for (const kind of ['sh', 'sh needs-key', 'sh needs-server'] as const) {
    const shown = blocks.flatMap((it) => (it.kind === 'code' && it.info === kind ? [`${it.text}\n`] : []))
    assert.deepEqual(shown, guideBlocks(guide, kind))
  }
  assert.ok(blocks.filter(({ kind }) => kind === 'code').length >= 5)
})

test('a name in a guide is displayed unchanged, even if it looks like markup', () => {
  const titles = blocks.flatMap((it) => (it.kind === 'heading' ? [wordsOf(it)] : []))
  assert.ok(titles.includes(`3.2 ${HOSTILE}`), titles.join('\n'))
  assert.ok(blocks.some((it) => wordsOf(it).includes('of the host db_07*,')))
})

test('the complete guide is displayed', () => {
  const shown = JSON.stringify(blocks).replaceAll(/[^\p{L}\p{N}]/gu, '')
  const words = guide.split(/[^\p{L}\p{N}]+/u).filter((it) => it.length > 3)
  assert.deepEqual(
    words.filter((word) => !shown.includes(word)),
    [],
  )
})
