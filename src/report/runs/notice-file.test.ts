import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openNoticeFile } from './notice-file.ts'

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'told-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'told', 'x.json')
  return { folder, path, file: openNoticeFile(path) }
}

const AT = new Date('2026-02-03T04:05:06.789Z')

describe('the file of notifications', () => {
  it('stores the last notification of each notifier', async (t) => {
    const { folder, path, file } = open(t)
    assert.equal(await file.read('a'), undefined)
    await Promise.all([file.write('a', { at: AT, cause: 'x' }), file.write('b', { at: AT }), file.write('__proto__', { at: AT, cause: 'p' })])
    assert.deepEqual(await openNoticeFile(path).read('a'), { at: AT, cause: 'x' })
    assert.deepEqual(await file.read('b'), { at: AT })
    await file.write('a', { at: AT })
    assert.deepEqual(await file.read('a'), { at: AT })
    assert.deepEqual(readdirSync(join(folder, 'told')), ['x.json'])
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('counts as empty if it is damaged, and is written again', async (t) => {
    const { path, folder, file } = open(t)
    mkdirSync(join(folder, 'told'))
    for (const content of ['', '{"a":', '[]', 'null', '{"a":null}', '{"a":{"at":"never"}}', '{"a":3}']) {
      writeFileSync(path, content)
      assert.equal(await file.read('a'), undefined, content)
      await file.write('a', { at: AT, cause: 'x' })
      assert.deepEqual(await file.read('a'), { at: AT, cause: 'x' }, content)
    }
  })

  it('can be written by two runs at the same time', async (t) => {
    const { folder, path } = open(t)
    const runs = Array.from({ length: 8 }, (_, index) => openNoticeFile(path).write(`n${index}`, { at: AT, cause: 'x'.repeat(index * 1000) }))
    await Promise.all(runs)
    for (let index = 0; index < 8; index += 1) assert.ok(await openNoticeFile(path).read(`n${index}`), `n${index}`)
    assert.deepEqual(readdirSync(join(folder, 'told')), ['x.json'])
  })

  it('reports if it cannot be written', async (t) => {
    const { folder } = open(t)
    writeFileSync(join(folder, 'told'), '')
    await assert.rejects(openNoticeFile(join(folder, 'told', 'x.json')).write('a', { at: AT }))
  })
})
