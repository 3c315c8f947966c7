import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { openKeptIndexes } from './kept-indexes.ts'
import type { LineIndex } from './line-index.ts'

const folder = mkdtempSync(join(tmpdir(), 'kept-'))
after(() => rmSync(folder, { recursive: true }))

/** The open descriptors of files in the folder. */
function held(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
    } catch {
      return false
    }
  }).length
}

it('an index is used again, and continued when its file has grown, but not when it was truncated or replaced', async () => {
  const kept = openKeptIndexes()
  const file = join(folder, 'log')
  const used: LineIndex[] = []
  const lines = async () =>
    kept.use(await open(file), async (index) => {
      used.push(index)
      await index.until(Number.POSITIVE_INFINITY)
      const found = await index.read(Math.max(0, index.count - 2), 10)
      return [index.count, ...found.map(({ text }) => text)]
    })
  writeFileSync(file, 'a\nb\nc')
  assert.deepEqual(await lines(), [3, 'b', 'c'])
  assert.deepEqual(await lines(), [3, 'b', 'c'])
  appendFileSync(file, 'c\nd\n')
  assert.deepEqual(await lines(), [4, 'cc', 'd'])
  assert.equal(new Set(used).size, 1)
  writeFileSync(file, 'x\n')
  assert.deepEqual(await lines(), [1, 'x'])
  writeFileSync(`${file}.new`, 'new 1\nnew 2\nnew 3\n')
  renameSync(`${file}.new`, file)
  assert.deepEqual(await lines(), [3, 'new 2', 'new 3'])
  assert.equal(new Set(used).size, 3)
  await kept.close()
  assert.equal(held(), 0)
})

it('few files are held open, and one in use is closed only afterwards', async () => {
  const kept = openKeptIndexes()
  const text = 'line\n'.repeat(1000)
  const read = async (name: string, meanwhile: () => Promise<void> = async () => undefined) => {
    writeFileSync(join(folder, name), text)
    return kept.use(await open(join(folder, name)), async (index) => {
      await meanwhile()
      await index.until(Number.POSITIVE_INFINITY)
      return (await index.read(999, 5)).length
    })
  }
  const many = async () => {
    for (let number = 0; number < 30; number += 1) assert.equal(await read(`other-${number}`), 1)
    assert.ok(held() < 12, String(held()))
  }
  assert.equal(await read('first', many), 1)
  await kept.close()
  assert.equal(held(), 0)
})

it('a file that was truncated and has grown again is read again', async () => {
  const kept = openKeptIndexes()
  const file = join(folder, 'rotated')
  const last = async () =>
    kept.use(await open(file), async (index) => {
      await index.until(Number.POSITIVE_INFINITY)
      return [index.count, (await index.read(index.count - 1, 1))[0]?.text]
    })
  writeFileSync(file, 'old\n'.repeat(1000))
  assert.deepEqual(await last(), [1000, 'old'])
  // By logrotate with "copytruncate".
  writeFileSync(file, 'a new and longer line\n'.repeat(500))
  assert.deepEqual(await last(), [500, 'a new and longer line'])
  await kept.close()
  assert.equal(held(), 0)
})

it('requests at the same time share one index, and each has an open file while it reads', async () => {
  const kept = openKeptIndexes()
  const file = join(folder, 'together')
  writeFileSync(file, 'line\n'.repeat(300))
  const used = new Set<LineIndex>()
  const read = async () =>
    kept.use(await open(file), async (index) => {
      used.add(index)
      await index.until(Number.POSITIVE_INFINITY)
      return (await index.read(299, 5)).length
    })
  assert.deepEqual(
    await Promise.all(Array.from({ length: 20 }, read)),
    Array.from({ length: 20 }, () => 1),
  )
  assert.equal(used.size, 1)
  assert.ok(held() <= 1, String(held()))
  for (let round = 0; round < 50; round += 1) {
    // The index is released at each moment of the beginning of a request.
    const [found] = await Promise.all([
      read(),
      (async () => {
        for (let turn = 0; turn < round; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        await kept.close()
      })(),
    ])
    assert.equal(found, 1)
  }
  await kept.close()
  assert.equal(held(), 0)
})
