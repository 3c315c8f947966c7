import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readUnchanged } from './read-unchanged.ts'

const MINUTE_MS = 60_000

/** A file, and a moment after it was written and before the rest of the test. */
async function place(t: TestContext) {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-unchanged-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  writeFileSync(join(folder, 'a/b/file'), 'three')
  await setTimeout(50)
  const nowMs = Date.now()
  await setTimeout(50)
  const later = nowMs + MINUTE_MS
  const read = async (since: { readonly fileMs?: number; readonly namesMs?: number } = {}, path = 'a/b/file', bytes = 5) =>
    (await readUnchanged([...folder.slice(1).split('/'), ...path.split('/')], bytes, { fileMs: later, namesMs: later, ...since }))?.toString()
  return { folder, nowMs, read }
}

describe('a file that is read if it has not changed', () => {
  it('counts changes of its contents and its mode, whatever its time of modification', async (t) => {
    const { folder, nowMs, read } = await place(t)
    const since = { fileMs: nowMs }
    assert.equal(await read(since), 'three')
    chmodSync(join(folder, 'a/b/file'), 0o640)
    assert.equal(await read(since), undefined)
    writeFileSync(join(folder, 'a/b/file'), 'THREE')
    utimesSync(join(folder, 'a/b/file'), 0, 0)
    assert.equal(await read(since), undefined)
    assert.equal(await read(), 'THREE')
  })

  it('counts changes of the names on its path', async (t) => {
    const { folder, read } = await place(t)
    let since = { namesMs: 0 }
    // The folder of temporary files is above the file, and changes often.
    for (let content: string | undefined, left = 200; content !== 'three'; left--) {
      assert.ok(left > 0)
      since = { namesMs: Date.now() - 10 }
      await setTimeout(10)
      content = await read(since)
    }
    await setTimeout(10)
    renameSync(join(folder, 'a/b'), join(folder, 'a/c'))
    mkdirSync(join(folder, 'a/b'))
    writeFileSync(join(folder, 'a/b/file'), 'other')
    assert.equal(await read(since), undefined)
    assert.equal(await read(), 'other')
  })

  it('has the given size, and is no link, folder or device', async (t) => {
    const { folder, read } = await place(t)
    symlinkSync('b', join(folder, 'a/link'))
    symlinkSync('file', join(folder, 'a/b/link'))
    assert.equal(await read({}, 'a/b/file', 4), undefined)
    assert.equal(await read({}, 'a/b/file', 6), undefined)
    assert.equal(await read({}, 'a/b/link'), undefined)
    assert.equal(await read({}, 'a/b'), undefined)
    await assert.rejects(read({}, 'a/link/file'), { code: 'ENOTDIR' })
    await assert.rejects(read({}, 'none/file'), { code: 'ENOENT' })
    assert.equal(await readUnchanged(['dev', 'null'], 5, { fileMs: Number.MAX_VALUE, namesMs: Number.MAX_VALUE }), undefined)
  })
})
