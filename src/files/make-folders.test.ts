import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeFolders } from './make-folders.ts'

describe('makeFolders', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'make-folders-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('creates missing folders, returns the first, and accepts existing ones', async () => {
    const path = join(folder, 'a', 'b', 'c')
    assert.equal(await makeFolders(path, 0o700), join(folder, 'a'))
    for (const made of [path, join(folder, 'a', 'b'), join(folder, 'a')]) assert.equal((await stat(made)).mode & 0o777, 0o700)
    assert.equal(await makeFolders(path), undefined)
    assert.equal(await makeFolders(join(path, 'd')), join(path, 'd'))
  })

  it('forgives others that make the same at the same time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => makeFolders(join(folder, 'x', 'y', 'z'))))
  })

  it('follows links, and rejects files', async () => {
    await symlink('a', join(folder, 'link'))
    await makeFolders(join(folder, 'link', 'e'))
    await writeFile(join(folder, 'file'), '')
    await symlink('nowhere', join(folder, 'dangling'))
    await assert.rejects(makeFolders(join(folder, 'file')), { code: 'EEXIST' })
    await assert.rejects(makeFolders(join(folder, 'file', 'x')), { code: 'ENOTDIR' })
    await assert.rejects(makeFolders(join(folder, 'dangling', 'x')), { code: /^E/u })
  })

  it('ends where no folder can ever be made', async () => {
    await assert.rejects(makeFolders('/proc/nowhere/x'), { code: 'ENOENT' })
    assert.equal(await makeFolders('/'), undefined)
  })
})
