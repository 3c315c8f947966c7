import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { requires } from '../../../test/support/requires.ts'
import { closeFolder, type Folder, openFolder } from '../folder.ts'
import { makePrivateFolder } from '../private-folder.ts'
import { emptyFolder, removeTreeIn } from './remove-tree.ts'
import { walkTree } from './walk-tree.ts'

let path: string
let folder: Folder
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'files-'))
  folder = await openFolder(path)
})
afterEach(async () => {
  await closeFolder(folder)
  await rm(path, { recursive: true, force: true, maxRetries: 5 })
})

describe('removeTreeIn', () => {
  it('removes files, folders, links and unwritable entries, and ignores missing ones', async () => {
    await mkdir(join(path, 'tree/a/b'), { recursive: true })
    await writeFile(join(path, 'tree/a/b/file'), 'x')
    await writeFile(join(path, 'kept'), 'x')
    await symlink('../kept', join(path, 'tree/link'))
    await symlink('..', join(path, 'tree/up'))
    await chmod(join(path, 'tree/a/b'), 0)
    assert.equal(await removeTreeIn(folder, 'tree'), undefined)
    assert.equal(await removeTreeIn(folder, 'tree'), undefined)
    assert.deepEqual(await readdir(path), ['kept'])
    assert.equal(await removeTreeIn(folder, 'kept'), undefined)
  })

  it('removes, and walkTree lists, a tree of five thousand nested folders', { skip: requires('python3') }, async () => {
    await mkdir(join(path, 'tree'))
    // Each with a file before and after the next folder, in the order of any file system.
    const make = 'import os, sys\nfor i in range(5000):\n  open("a", "w").close(); os.mkdir("d"); open("z", "w").close(); os.chdir("d")'
    execFileSync('python3', ['-c', make], { cwd: join(path, 'tree') })
    const counts = { file: 0, folder: 0, other: 0 }
    let longest = 0
    for await (const { kind, path: found } of walkTree(folder)) {
      counts[kind]++
      longest = Math.max(longest, found.length)
    }
    assert.deepEqual([counts, longest], [{ file: 10_000, folder: 5001, other: 0 }, 'tree'.length + 2 * 5000])
    assert.equal(await removeTreeIn(folder, 'tree'), undefined)
    assert.deepEqual(await readdir(path), [])
  })

  it('never follows a folder that is exchanged for a link meanwhile', async () => {
    await mkdir(join(path, 'precious'))
    await writeFile(join(path, 'precious/data'), 'x')
    await mkdir(join(path, 'tree'))
    const swap = spawn(
      'sh',
      ['-c', 'while :; do mkdir a; touch a/data; mv -T a tree/a; mv -T tree/a b; rm -rf b; ln -s ../precious tree/a; rm -f tree/a; done'],
      {
        cwd: path,
        stdio: 'ignore',
        // With the program that it has just started, which would go on during the clean-up.
        detached: true,
      },
    )
    try {
      for (let round = 0; round < 200; round++) await removeTreeIn(folder, 'tree').then(() => mkdir(join(path, 'tree'), { recursive: true }))
    } finally {
      const ended = once(swap, 'exit')
      process.kill(-(swap.pid ?? 0), 'SIGKILL')
      await ended
    }
    assert.deepEqual(await readdir(join(path, 'precious')), ['data'])
  })

  it('keeps and reports mounts below it', { skip: requires('root') }, async () => {
    await mkdir(join(path, 'precious/sub'), { recursive: true })
    await writeFile(join(path, 'precious/sub/data'), 'x')
    await mkdir(join(path, 'tree/a/bound'), { recursive: true })
    await writeFile(join(path, 'tree/a/file'), 'x')
    execFileSync('mount', ['--bind', join(path, 'precious'), join(path, 'tree/a/bound')])
    try {
      const left = await removeTreeIn(folder, 'tree')
      assert.equal(left?.path, join(path, 'tree/a/bound'))
      assert.match(String(left?.error), /a file system is mounted on ".*bound"/u)
      assert.deepEqual(await readdir(join(path, 'precious/sub')), ['data'])
      assert.deepEqual(await readdir(join(path, 'tree/a')), ['bound'])
    } finally {
      execFileSync('umount', [join(path, 'tree/a/bound')])
    }
    assert.equal(await emptyFolder(folder), undefined)
    assert.deepEqual(await readdir(path), [])
  })
})

describe('makePrivateFolder', () => {
  it('is 0700 and private, and is removed with its contents', async () => {
    const made = makePrivateFolder(path, 'private-')
    assert.equal(made.folder.facts.mode, 0o700)
    await writeFile(join(made.folder.path, 'x'), 'x')
    assert.equal(await made.remove(), undefined)
    assert.ok(!existsSync(made.folder.path))
  })

  it('throws as the system does where nothing can be made', () => {
    assert.throws(() => makePrivateFolder('/proc', 'x-'), { code: 'ENOENT' })
  })
})
