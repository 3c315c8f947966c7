import assert from 'node:assert/strict'
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { temporaryFolder } from '../../../../test/support/localfs.ts'
import { closeFolder, openFolder } from '../../../files/folder.ts'
import type { ContentEntry } from '../entry.ts'
import { createIndexHeader } from './index-header.ts'
import { openIndex, parseEntry } from './read-index.ts'
import { beginIndex } from './write-index.ts'

const OBJECT = { set: '2026-01-02T03:04:05+00:00', record: { path: 'etc.tar', sha256: 'a'.repeat(64) } }
const HEADER = createIndexHeader(OBJECT, { made: new Date(0), format: 'tar', entries: 2 })

async function linesIn(bytes: Buffer): Promise<readonly string[] | undefined> {
  const index = await openIndex(Readable.from([bytes], { objectMode: false }), OBJECT)
  if (index === undefined) return undefined
  const lines: string[] = []
  for await (const some of index.lines()) lines.push(...some)
  return lines
}

const indexOf = (header: object, text: string) => Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), zstdCompressSync(text)])

async function written(t: TestContext, entries: readonly ContentEntry[]) {
  const path = temporaryFolder(t)
  const folder = await openFolder(path)
  const draft = await beginIndex(folder)
  for (const entry of entries) {
    draft.add(entry)
    await draft.drained()
  }
  await draft.finish({ ...HEADER, entries: entries.length }, 'it.index')
  await closeFolder(folder)
  return path
}

describe('an index', () => {
  it('is read as it was written, however many entries it has, and no draft remains', async (t) => {
    const entries = Array.from({ length: 100_000 }, (_, index) => ({ path: `some/folder/"é\u0000\n${index}`, kind: 'file' as const, bytes: index }))
    const path = await written(t, entries)
    assert.deepEqual(readdirSync(path), ['it.index'])
    assert.equal(statSync(join(path, 'it.index')).mode & 0o777, 0o600)
    const index = await openIndex(createReadStream(join(path, 'it.index')), OBJECT)
    let at = 0
    for await (const lines of index?.lines() ?? [])
      for (const line of lines) {
        assert.deepEqual(parseEntry(line), entries[at])
        at += 1
      }
    assert.equal(at, entries.length)
  })

  it('leaves nothing when it is discarded', async (t) => {
    const path = temporaryFolder(t)
    const folder = await openFolder(path)
    const draft = await beginIndex(folder)
    draft.add({ path: 'x', kind: 'file' })
    await draft.discard()
    await closeFolder(folder)
    assert.deepEqual(readdirSync(path), [])
  })

  it('of anything else counts as missing', async () => {
    const other = { ...HEADER, sha256: 'b'.repeat(64) }
    const texts = [
      '',
      'x',
      '{}\n',
      `${JSON.stringify(other)}\n`,
      '['.repeat(100_000),
      `${'x'.repeat(200_000)}\n`,
      `${JSON.stringify({ ...HEADER, version: 2 })}\n`,
    ]
    for (const text of texts) assert.equal(await linesIn(Buffer.from(text)), undefined, text.slice(0, 30))
    assert.equal(await linesIn(Buffer.from(`${JSON.stringify({ ...HEADER, entries: 1e12 })}\n`)), undefined)
  })

  it('that is cut, or has more or fewer entries, or endless ones, is damaged', async (t) => {
    const entry = '{"path":"x","kind":"file"}\n'
    assert.deepEqual(await linesIn(indexOf(HEADER, entry.repeat(2))), [entry.trim(), entry.trim()])
    const whole = indexOf(HEADER, entry.repeat(2))
    for (const bytes of [
      ...[0, 1, 3].map((count) => indexOf(HEADER, entry.repeat(count))),
      ...[1, 5, 20].map((less) => whole.subarray(0, -less)),
      indexOf(HEADER, `${entry}{"path":"${'x'.repeat(2_000_000)}`),
      indexOf(HEADER, 'x'.repeat(50_000_000)),
      Buffer.from(`${JSON.stringify(HEADER)}\nno zstd`),
    ])
      await assert.rejects(linesIn(bytes), { code: 'index/damaged' })
    for (const line of [
      '',
      'x',
      '{}',
      '{"path":"x","kind":"no"}',
      `{"path":"${'x'.repeat(20_000)}","kind":"file"}`,
      '{"path":"x","kind":"file","bytes":-1}',
    ])
      assert.throws(() => parseEntry(line), { code: 'index/damaged' })
    const { path } = parseEntry('{"path":"x","kind":"file","__proto__":{"polluted":1},"more":2}')
    assert.deepEqual([path, 'polluted' in {}], ['x', false])
    const file = await written(t, [{ path: 'x', kind: 'file' }])
    assert.match(readFileSync(join(file, 'it.index'), 'latin1'), /^\{"version":1,"tool":"holdfast /u)
  })
})
