import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { closeFolder, openFolder, withFolder } from '../../files/folder.ts'
import { openWorkFolder, PART_PREFIX } from '../work-folder.ts'
import { finishReplacement, replaceDump } from './replace-dump.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-replaced-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function dump(name: string, text: string): string {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'toc.dat'), text)
  return join(folder, name)
}
const openDumps = async () => ({ ...(await openFolder(folder)), isShared: false })
const textOf = (name: string) => readFileSync(join(folder, name, 'toc.dat'), 'utf8')

describe('finishReplacement', () => {
  it('restores dumps moved aside by a dead run, and removes replaced ones', async () => {
    dump('.holdfast-replaced-abcdef-app-20260228.pgdump', 'the only one')
    dump('.holdfast-replaced-ghijkl-app-20260301.pgdump', 'old')
    dump('app-20260301.pgdump', 'new')
    assert.deepEqual(await withFolder(openDumps(), (opened) => finishReplacement(opened, assert.fail)), ['app-20260228.pgdump'])
    assert.deepEqual(readdirSync(folder).toSorted(), ['app-20260228.pgdump', 'app-20260301.pgdump'])
    assert.deepEqual([textOf('app-20260228.pgdump'), textOf('app-20260301.pgdump')], ['the only one', 'new'])
  })

  it('reports a folder that is no dump in a shared folder, and does not remove it', async () => {
    const aside = dump('.holdfast-replaced-ghijkl-app.pgdump', 'old')
    writeFileSync(join(aside, 'other'), 'x')
    dump('app.pgdump', 'new')
    const notes: string[] = []
    const opened = { ...(await openDumps()), isShared: true }
    assert.deepEqual(await withFolder(Promise.resolve(opened), (it) => finishReplacement(it, (text) => notes.push(text))), [])
    assert.deepEqual(readdirSync(aside).toSorted(), ['other', 'toc.dat'])
    assert.equal(notes.length, 1)
    assert.ok(notes[0]?.startsWith(`could not remove a replaced dump: "${aside}" was not made by Holdfast`), notes[0])
    assert.match(notes[0] ?? '', /Remove it manually/u)
  })

  it('does not change dumps moved aside by a running run', async () => {
    const old = dump('app.pgdump', 'old')
    const opened = await openDumps()
    const part = await openWorkFolder(opened)
    const replacing = { folder: opened, dump: 'app.pgdump', part, finished: 'dump', note: assert.fail }
    try {
      const finished = join(folder, part.name, 'dump')
      mkdirSync(finished)
      writeFileSync(join(finished, 'toc.dat'), 'new')
      const stop = (point: string) => {
        assert.equal(point, 'dump-set-aside')
        assert.ok(!existsSync(old))
        throw new Error('stop')
      }
      await assert.rejects(replaceDump(replacing, stop), /^Error: stop$/u)
      assert.equal(textOf('app.pgdump'), 'old')
      const id = part.name.slice(PART_PREFIX.length)
      dump(`.holdfast-replaced-${id}-other.pgdump`, 'other')
      assert.deepEqual(await finishReplacement(opened, assert.fail), [])
      assert.ok(existsSync(join(folder, `.holdfast-replaced-${id}-other.pgdump`)))
      await replaceDump(replacing)
      assert.equal(textOf('app.pgdump'), 'new')
    } finally {
      await part.remove()
    }
    assert.deepEqual(await finishReplacement(opened, assert.fail), ['other.pgdump'])
    await closeFolder(opened)
  })
})
