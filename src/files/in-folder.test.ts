import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, fstatSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  createFileIn,
  entriesOf,
  linkEntry,
  namesIn,
  namesInSync,
  openFileIn,
  openRegularIn,
  renameEntry,
  rmdirIn,
  rmdirInSync,
  statIn,
  statInSync,
  unlinkIn,
} from './entries.ts'
import { flushFd } from './flush.ts'
import {
  closeFolder,
  closeFolderSync,
  type Folder,
  factsOfFdSync,
  openFolder,
  openFolderIn,
  openFolderInSync,
  openFolderSync,
  pathIn,
  reopenSync,
  shownIn,
  withFolder,
} from './folder.ts'
import { readKernelText } from './kernel-files.ts'
import { isPrivate, makeFolderIn, makeFolderInSync, makeOrOpenFolderIn } from './make-folder.ts'
import { moveToNewName } from './move-entry.ts'
import { readSmall, readSmallIn, readSmallInSync, readSmallSync } from './read-small.ts'
import { walkTree } from './tree/walk-tree.ts'
import { createWholeFileInSync, replaceFileIn, replaceFileInSync } from './write-small.ts'

let path: string
let folder: Folder
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'files-'))
  await mkdir(join(path, 'own'))
  folder = await openFolder(join(path, 'own'))
})
afterEach(async () => {
  await closeFolder(folder)
  await rm(path, { recursive: true, force: true })
})

describe('a folder held open', () => {
  it('stays the same folder, whatever becomes of its path', async () => {
    await rename(join(path, 'own'), join(path, 'elsewhere'))
    await mkdir(join(path, 'foreign'))
    await symlink('foreign', join(path, 'own'))
    await replaceFileIn(folder, 'a', 'x')
    assert.equal(await readFile(join(path, 'elsewhere', 'a'), 'utf8'), 'x')
    assert.deepEqual(await namesIn(await openFolder(join(path, 'foreign'))), [])
  })

  it('creates a whole file once', () => {
    const options = { mode: 0o640 }
    assert.equal(createWholeFileInSync(folder, 'once', 'first', options), true)
    assert.equal(createWholeFileInSync(folder, 'once', 'second', options), false)
    assert.deepEqual([readFileSync(join(path, 'own', 'once'), 'utf8'), readdirSync(join(path, 'own'))], ['first', ['once']])
  })

  it('is not opened through a link', async () => {
    await symlink('own', join(path, 'link'))
    await assert.rejects(openFolder(join(path, 'link')), { code: 'ENOTDIR' })
    await withFolder(openFolder(path), (above) => assert.rejects(openFolderIn(above, 'link'), { code: 'ENOTDIR' }))
    const above = openFolderSync(path)
    assert.throws(() => openFolderInSync(above, 'link'), { code: 'ENOTDIR' })
    closeFolderSync(above)
  })

  for (const name of ['', '.', '..', 'a/b', '/a', 'a\0', '../own'])
    it(`rejects the name ${JSON.stringify(name)}`, () => {
      assert.throws(() => pathIn(folder, name), { code: 'files/bad-name' })
      assert.throws(() => pathIn(folder, Buffer.from(name)), { code: 'files/bad-name' })
    })

  it('has its facts', async () => {
    const { uid, ino, dev, mode } = await stat(join(path, 'own'))
    assert.deepEqual({ ...folder.facts, mountId: 0 }, { uid, gid: folder.facts.gid, mode: mode & 0o7777, device: dev, inode: ino, mountId: 0 })
    assert.match(readKernelText('/proc/self/mountinfo'), new RegExp(`^${folder.facts.mountId} `, 'mu'))
    const again = reopenSync(folder.fd, constants.O_RDONLY)
    assert.equal(factsOfFdSync(again).inode, ino)
    closeSync(again)
    assert.equal(await flushFd(folder.fd), true)
    assert.equal(shownIn(folder, 'x'), join(path, 'own', 'x'))
  })
})

describe('entries of a folder', () => {
  it('are made, found, renamed and removed in it', async () => {
    const file = await createFileIn(folder, 'a')
    await file.close()
    await assert.rejects(createFileIn(folder, 'a'), { code: 'EEXIST' })
    await linkEntry({ folder, name: 'a' }, { folder, name: 'b' })
    await renameEntry({ folder, name: 'a' }, { folder, name: 'c' })
    assert.deepEqual((await namesIn(folder)).toSorted(), ['b', 'c'])
    assert.equal((await statIn(folder, 'a'))?.ino, undefined)
    assert.equal(statInSync(folder, 'c')?.mode, 0o100600)
    assert.equal(await unlinkIn(folder, 'c'), true)
    assert.equal(await unlinkIn(folder, 'c'), false)
    makeFolderInSync(folder, 'd')
    rmdirInSync(folder, 'd')
    await closeFolder(await makeOrOpenFolderIn(folder, 'd'))
    await closeFolder(await makeOrOpenFolderIn(folder, 'd'))
    assert.equal(await rmdirIn(folder, 'd'), true)
    assert.deepEqual(namesInSync(folder), ['b'])
  })

  it('are moved without replacing anything', async () => {
    const to = (name: string) => ({ folder, name })
    for (const name of ['new', 'old']) await replaceFileIn(folder, name, name)
    await symlink('old', join(path, 'own', 'link'))
    await mkdir(join(path, 'own', 'full', 'of'), { recursive: true })
    await mkdir(join(path, 'own', 'empty'))
    for (const name of ['old', 'link', 'full', 'empty']) await assert.rejects(moveToNewName(to('new'), to(name)), { code: 'EEXIST' })
    for (const name of ['old', 'link', 'full']) await assert.rejects(moveToNewName(to('empty'), to(name)), { code: 'EEXIST' })
    await moveToNewName(to('link'), to('moved link'))
    await moveToNewName(to('full'), to('moved'))
    await moveToNewName(to('new'), to('newer'))
    assert.deepEqual([...(await namesIn(folder))].toSorted(), ['empty', 'moved', 'moved link', 'newer', 'old'])
    assert.equal(await readFile(join(path, 'own', 'old'), 'utf8'), 'old')
  })

  it('that are links are not followed', async () => {
    await writeFile(join(path, 'secret'), 'x')
    await symlink('../secret', join(path, 'own', 'link'))
    await assert.rejects(openFileIn(folder, 'link', { flags: constants.O_RDONLY }), { code: 'ELOOP' })
    await assert.rejects(readSmallIn(folder, 'link'), { code: 'ELOOP' })
    assert.throws(() => readSmallInSync(folder, 'link'), { code: 'ELOOP' })
    assert.equal(await openRegularIn(folder, 'link'), undefined)
    await replaceFileIn(folder, 'link', 'new', { isDurable: true, mode: 0o640 })
    assert.equal(await readFile(join(path, 'secret'), 'utf8'), 'x')
    assert.equal((await statIn(folder, 'link'))?.mode, 0o100640)
  })

  it('of a new folder are private', async () => {
    const made = await makeFolderIn(folder, 'new')
    assert.ok(isPrivate(made.facts))
    await assert.rejects(makeFolderIn(folder, 'new'), { code: 'EEXIST' })
    await closeFolder(made)
  })

  it('with names that are no UTF-8 are found by bytes and left out of texts', async () => {
    const name = Buffer.from([0x61, 0xff])
    await (await createFileIn(folder, name)).close()
    assert.deepEqual(await namesIn(folder), [])
    assert.deepEqual(
      (await entriesOf(folder)).map((entry) => entry.name),
      [name],
    )
  })
})

describe('small files', () => {
  it('are read completely', async () => {
    await replaceFileIn(folder, 'a', 'x'.repeat(100_000))
    replaceFileInSync(folder, 'b', 'y', { isDurable: true })
    assert.equal((await readSmallIn(folder, 'a')).length, 100_000)
    assert.equal(String(readSmallInSync(folder, 'b')), 'y')
    assert.equal(String(await readSmall(join(path, 'own', 'b'))), 'y')
    assert.equal(String(readSmallSync(join(path, 'own', 'b'))), 'y')
    assert.deepEqual((await namesIn(folder)).toSorted(), ['a', 'b'])
  })

  it('are refused beyond the limit', async () => {
    await replaceFileIn(folder, 'a', 'x'.repeat(1001))
    await assert.rejects(readSmallIn(folder, 'a', { maxBytes: 1000 }), { code: 'files/too-large' })
    assert.throws(() => readSmallInSync(folder, 'a', { maxBytes: 1000 }), { code: 'files/too-large' })
    assert.equal((await readSmallIn(folder, 'a', { maxBytes: 1001 })).length, 1001)
  })

  it('are never FIFOs, devices or folders, and nothing waits for them', async () => {
    execFileSync('mkfifo', [join(path, 'own', 'fifo')])
    for (const name of ['fifo', '.']) await assert.rejects(readSmall(join(path, 'own', name)), { code: 'files/not-regular' })
    await assert.rejects(readSmallIn(folder, 'fifo'), { code: 'files/not-regular' })
    await assert.rejects(readSmall('/dev/zero'), { code: 'files/not-regular' })
    assert.throws(() => readSmallSync('/dev/zero'), { code: 'files/not-regular' })
    assert.equal(await openRegularIn(folder, 'fifo'), undefined)
    // Opening left no reader or writer behind.
    assert.ok(fstatSync(folder.fd).isDirectory())
  })
})

describe('walkTree', () => {
  it('finds everything and follows no link', async () => {
    await mkdir(join(path, 'own/a/b'), { recursive: true })
    await writeFile(join(path, 'own/a/b/file'), 'x')
    await symlink('/etc', join(path, 'own/a/link'))
    const found: string[] = []
    for await (const it of walkTree(folder)) found.push(`${it.kind} ${it.path.toString()}`)
    assert.deepEqual(found.toSorted(), ['file a/b/file', 'folder a', 'folder a/b', 'other a/link'])
  })
})
