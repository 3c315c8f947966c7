import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { treeBytes } from './tree-bytes.ts'

const bytesBelow = (folder: string) => withFolder(openFolder(folder), treeBytes)

describe('the size of a tree', () => {
  it('is that of its regular files alone: links skipped, hard links counted each time', async (t) => {
    const tree = temporaryFolder(t)
    mkdirSync(join(tree, 'sub'))
    writeFileSync(join(tree, 'x'), 'a'.repeat(600))
    writeFileSync(join(tree, 'sub/y'), 'a'.repeat(400))
    linkSync(join(tree, 'x'), join(tree, 'sub/again'))
    symlinkSync('/etc/passwd', join(tree, 'link'))
    symlinkSync('/etc', join(tree, 'sub/folder'))
    execFileSync('mkfifo', [join(tree, 'fifo')])
    execFileSync('truncate', ['-s', '5G', join(tree, 'sparse')])
    assert.equal(await bytesBelow(tree), 1600n + 5n * 1024n ** 3n)
  })

  it('is found in trees deeper than a path may be long', async (t) => {
    const tree = temporaryFolder(t)
    const step = 'd'.repeat(200)
    const script = `cd "$1"; i=0; while [ $i -lt 40 ]; do mkdir ${step}; cd -P ${step}; i=$((i+1)); done; echo deep > file`
    execFileSync('bash', ['--norc', '-c', script, 'sh', tree])
    assert.equal(await bytesBelow(tree), 5n)
  })
})
