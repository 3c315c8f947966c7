import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { compareTrees } from './compare-trees.ts'

describe('compareTrees', () => {
  let parent = ''
  let original = ''
  let restored = ''
  const later = new Date(8.64e15)
  const isRoot = process.geteuid?.() === 0

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'holdfast-compare-'))
    original = join(parent, 'original')
    restored = join(parent, 'restored')
    mkdirSync(join(original, 'folder/deep'), { recursive: true })
    writeFileSync(join(original, 'folder/deep/file'), 'bytes')
    writeFileSync(join(original, 'plain'), 'bytes')
    symlinkSync('plain', join(original, 'link'))
    cpSync(original, restored, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  it('counts every entry of equal trees', () => {
    assert.deepEqual(compareTrees(original, restored, later), { equal: 6, different: [], changed: [], unreadable: [] })
  })

  function replaceLink(make: (path: string) => void): void {
    rmSync(join(restored, 'link'))
    make(join(restored, 'link'))
  }
  const faults: Readonly<Record<string, readonly [() => void, string]>> = {
    'other bytes': [() => writeFileSync(join(restored, 'folder/deep/file'), 'Bytes'), 'folder/deep/file: has different contents'],
    'a missing file': [() => rmSync(join(restored, 'plain')), 'plain: is missing'],
    'a missing folder': [() => rmSync(join(restored, 'folder/deep'), { recursive: true }), 'folder/deep: is missing'],
    'a file too many': [() => writeFileSync(join(restored, 'folder/new'), ''), 'folder/new: is not in the original'],
    'another kind': [() => replaceLink((path) => writeFileSync(path, 'bytes')), 'link: has another file type'],
    'another target': [() => replaceLink((path) => symlinkSync('folder', path)), 'link: has another target'],
  }
  for (const [name, [damage, finding]] of Object.entries(faults)) {
    it(`finds ${name}, unless the original changed after the beginning`, () => {
      damage()
      assert.deepEqual(compareTrees(original, restored, later).different, [finding])
      const { different, changed } = compareTrees(original, restored, new Date(0))
      assert.deepEqual({ different, changed }, { different: [], changed: [finding.slice(0, finding.indexOf(':'))] })
    })
  }

  it('finds other permissions when run by root', { skip: isRoot ? false : 'not root' }, () => {
    chmodSync(join(restored, 'plain'), 0o600)
    assert.deepEqual(compareTrees(original, restored, later).different, ['plain: has other permissions'])
  })

  it('names what an ordinary user may not read', { skip: isRoot ? false : 'not root' }, () => {
    for (const folder of [parent, original]) chmodSync(folder, 0o755)
    chmodSync(join(original, 'plain'), 0o600)
    chmodSync(join(original, 'folder'), 0o700)
    process.seteuid?.(65534)
    try {
      assert.deepEqual(compareTrees(original, restored, later), { equal: 2, unreadable: ['folder', 'plain'], changed: [], different: [] })
    } finally {
      process.seteuid?.(0)
    }
  })
})
