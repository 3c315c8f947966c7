import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { exitCodeOf } from '../../test/support/localfs.ts'
import { removeTree, walkTree } from './tree.ts'

describe('trees', () => {
  let folder: string
  let tree: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tree-'))
    tree = join(folder, 'tree')
    mkdirSync(join(tree, 'sub'), { recursive: true })
    writeFileSync(join(folder, 'outside'), 'not ours')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const nonUtf8 = Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9])])
  const at = (...parts: (string | Buffer)[]) => Buffer.concat(parts.flatMap((part) => [Buffer.from('/'), Buffer.from(part)]).slice(1))

  it('finds everything, folders before what they hold, names as bytes', async () => {
    writeFileSync(at(tree, 'sub', nonUtf8), 'x')
    const found = []
    for await (const { path, kind } of walkTree(tree)) found.push(`${path.toString('latin1')} ${kind}`)
    assert.deepEqual(found, ['sub folder', 'sub/café file'])
  })

  it('removes everything, and nothing that a link points to', async () => {
    writeFileSync(at(tree, 'sub', nonUtf8), 'x')
    mkdirSync(at(tree, 'sub', Buffer.from([0xff, 0x0a])))
    symlinkSync(join(folder, 'outside'), join(tree, 'link'))
    symlinkSync(folder, join(tree, 'sub/up'))
    execFileSync('mkfifo', [join(tree, 'fifo')])
    await removeTree(tree)
    assert.deepEqual([existsSync(tree), existsSync(join(folder, 'outside'))], [false, true])
    await removeTree(tree)
  })

  it('removes trees deeper than a path may be long', async () => {
    const step = 'd'.repeat(200)
    const script = `cd "$1"; i=0; while [ $i -lt 40 ]; do mkdir ${step}; cd -P ${step}; i=$((i+1)); done; echo deep > file`
    execFileSync('bash', ['-c', script, 'sh', tree])
    await removeTree(tree)
    assert.equal(existsSync(tree), false)
  })

  it('removes folders that their modes close', async () => {
    mkdirSync(join(tree, 'closed/within'), { recursive: true })
    writeFileSync(join(tree, 'closed/within/file'), 'x')
    chmodSync(join(tree, 'closed/within'), 0o500)
    chmodSync(join(tree, 'closed'), 0)
    await removeTree(tree)
    assert.equal(existsSync(tree), false)
  })

  it('names what it could not remove, and removes the rest', async (t) => {
    for (const name of ['a', 'b', 'sub/kept', 'z']) writeFileSync(join(tree, name), 'x')
    if (exitCodeOf('chattr', '+i', join(tree, 'sub/kept')) !== 0) return t.skip('immutable files need root and a file system that has them')
    try {
      await assert.rejects(removeTree(tree), { code: 'storage/denied', message: /^cannot remove ".*\/tree\/sub\/kept": operation not permitted$/u })
      assert.deepEqual(
        ['a', 'z', 'sub/kept'].map((name) => existsSync(join(tree, name))),
        [false, false, true],
      )
    } finally {
      exitCodeOf('chattr', '-i', join(tree, 'sub/kept'))
    }
  })

  it('never walks through a link', async () => {
    symlinkSync('/etc', join(tree, 'link'))
    await assert.rejects(walkTree(join(tree, 'link')).next(), { code: 'ENOTDIR' })
    await removeTree(join(tree, 'link'))
    assert.ok(existsSync('/etc'))
  })
})
