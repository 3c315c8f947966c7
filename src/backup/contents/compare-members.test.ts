import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { compareMembers } from './compare-members.ts'

// Members without data of their own, and a name that is in the archive twice.
const PLANT = `mkdir data; cd data; printf one >a; printf three >'größe "x"'; ln a hard; ln -s a link; truncate -s 1M holes; printf end >>holes; printf '\\0\\0' >zeros; : >empty`
const ARCHIVE = 'tar --create --file=- --format=posix --sparse data data/zeros'

function archiveOf(t: TestContext, option = ''): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-compared-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return execFileSync('sh', ['-euc', `${PLANT}; cd ..; ${ARCHIVE} ${option}`], { cwd: folder })
}

const sampled = (path: string, content: string) => ({
  path: `data/${path}`,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})
const SAMPLE = [sampled('größe "x"', 'three'), sampled('zeros', '\0\0'), sampled('holes', 'x'), sampled('none', 'x')]
// As tar has read the folder, either of both names may be the first of the file, and the other one a link to it.
const NAMES = [sampled('a', 'one'), sampled('hard', 'one')]

function compared(archive: Buffer, sample = [...SAMPLE, ...NAMES], piece = 100) {
  const comparison = compareMembers({ sample })
  for (let at = 0; at < archive.length; at += piece) comparison?.see(archive.subarray(at, at + piece))
  const fault = comparison?.fault()
  return [comparison?.sampled(), fault]
}

describe('the contents of files in an archive', () => {
  it('are those of the sample, whatever the sizes of the pieces', (t) => {
    const archive = archiveOf(t)
    for (const piece of [1, 512, 100_000]) assert.deepEqual(compared(archive, undefined, piece), [3, undefined])
  })

  it('are compared as a whole, each time that a file is there', (t) => {
    const archive = archiveOf(t, '--hard-dereference')
    const changed = (from: string, to: string, at = archive.lastIndexOf(from)) =>
      Buffer.concat([archive.subarray(0, at), Buffer.from(to), archive.subarray(at + to.length)])
    const other = 'has other contents than the source had, in '
    assert.deepEqual(compared(changed('three', 'thref')), [4, `${other}"data/größe "x""`])
    // Either of the two copies.
    const first = archive.indexOf('data/zeros') + 512
    const second = archive.lastIndexOf('data/zeros') + 512
    assert.ok(second > first)
    for (const at of [first, second]) assert.deepEqual(compared(changed('', '\0x', at)), [4, `${other}"data/zeros"`])
    assert.deepEqual(compared(changed('three', 'thref'), NAMES), [2, undefined])
  })

  it('are not compared if the archive cannot be read', (t) => {
    const archive = archiveOf(t)
    assert.equal(compared(archive.subarray(0, 2000))[1], undefined)
  })

  it('are not compared if nothing is recorded', () => {
    assert.equal(compareMembers({ bytes: 3, sample: [] }), undefined)
  })
})
