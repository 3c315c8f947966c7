import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import type { ContentEntry } from '../contents/entry.ts'
import { type ComparedContents, listMembers } from '../contents/member-list.ts'
import { listFiles } from './file-list.ts'

type Files = readonly (readonly [path: string, bytes: number, kind?: ContentEntry['kind'], mode?: number])[]

function compare(members: Files, files: Files, most?: number) {
  const list = listMembers('none', most)
  for (const [path, bytes, kind = 'file', mode = 0o644] of members) list.add({ path, kind, bytes, mode } as ContentEntry)
  const found = listFiles(list)
  const text = Buffer.from(
    files.map(([path, bytes, kind, mode = 0o644]) => `${kind === 'folder' ? 'd' : 'f'} ${bytes} ${mode.toString(8)} 7.5 9 1 ${path}\0`).join(''),
  )
  for (let at = 0; at < text.length; at += 3) found.see(text.subarray(at, at + 3))
  return { differences: found.differences(), skipped: list.skipped }
}

describe('comparing unpacked files with an archive', () => {
  it('finds missing files and other sizes, and lists a few', () => {
    assert.deepEqual(
      compare(
        [
          ['a', 1],
          ['ä b', 2],
          ['c', 3],
        ],
        [
          ['c', 3],
          ['ä b', 5],
        ],
      ).differences,
      ['has a member "ä b" of 2 bytes, restored with 5', 'has a member "a" that was not restored'],
    )
    const many = Array.from({ length: 9 }, (_, index) => [`f${index}`, 1] as const)
    assert.deepEqual(compare(many, []).differences.slice(5), ['differs in 4 more files'])
  })

  it('finds other modes of files and folders', () => {
    const members: Files = [
      ['.', 0, 'folder', 0o700],
      ['a', 1, 'file', 0o4755],
      ['d', 0, 'folder', 0o1777],
      ['same', 2 ** 50, 'file', 0],
    ]
    const files: Files = [
      ['a', 1, 'file', 0o755],
      ['d', 4096, 'folder', 0o777],
      ['same', 2 ** 50, 'file', 0],
    ]
    assert.deepEqual(compare(members, files).differences, [
      'has a member "a" with mode 4755, restored with 0755',
      'has a member "d" with mode 1777, restored with 0777',
    ])
    assert.deepEqual(compare([['a', 0, 'folder']], [['a', 0]]).differences, ['has a member "a/" that was not restored'])
  })

  it('finds other contents', () => {
    const find = (compared: ComparedContents, most?: number) => {
      const list = listMembers(compared, undefined, most)
      const add = (path: string, bytes: number, ...contents: readonly string[]) => {
        list.add({ path, kind: 'file', bytes } as ContentEntry)
        for (const it of contents) list.contents(Buffer.from(it))
      }
      add('a', 2, 'x', 'y')
      add('b', 0)
      add('sparse', 9)
      add('twice', 3, 'old')
      add('twice', 3, 'new')
      add('large', 70_000, 'z'.repeat(70_000))
      const found = listFiles(list)
      const restored = { a: 'xz', b: '', sparse: 'any', twice: 'new', large: 'z' }
      for (const [path, text] of Object.entries(restored)) found.see(Buffer.from(`# ${createHash('sha256').update(text).digest('hex')}  ${path}\0`))
      return { differences: found.differences().filter((it) => it.endsWith('contents')), digests: found.digests, ...list.uncompared() }
    }
    const [a, large] = ['a', 'large'].map((name) => `has a member "${name}", restored with other contents`)
    assert.deepEqual(find('all'), { differences: [a, large], digests: 4, left: 0, others: 1 })
    assert.deepEqual(find('small'), { differences: [a], digests: 3, left: 0, others: 1 })
    assert.deepEqual(find('none'), { differences: [], digests: 0, left: 0, others: 0 })
    assert.deepEqual(find('all', 1), { differences: [a], digests: 1, left: 0, others: 5 })
  })

  it('uses the last member of a path, whatever its kind', () => {
    const members: Files = [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['b', 0, 'link'],
    ]
    for (const most of [1, 2, 3]) assert.deepEqual(compare(members, [['a', 2]], most).differences, [], String(most))
  })

  it('finds other times of files, if all file systems can store them', () => {
    const list = listMembers('none')
    const times = { same: '2026-01-02T03:04:05.678Z', other: '2026-01-02T03:04:05Z', early: '1960-01-01T00:00:00Z', late: '2100-01-01T00:00:00Z' }
    for (const [path, modified] of Object.entries(times)) list.add({ path, kind: 'file', bytes: 0, modified })
    const found = listFiles(list)
    const seconds = Date.parse(times.same) / 1000
    for (const path of Object.keys(times))
      found.see(Buffer.from(`f 0 644 ${Math.floor(seconds) + Number(path === 'other')}.9999999990 9 1 ${path}\0`))
    assert.deepEqual(found.differences(), ['has a member "other" modified at 2026-01-02T03:04:05Z, restored with 2026-01-02T03:04:06Z'])
  })

  it('finds links with other targets, and hard links to other files', () => {
    const list = listMembers('none')
    const file = (path: string) => list.add({ path, kind: 'file', bytes: 0 })
    const link = (path: string, target: string, more: Partial<ContentEntry> = {}) => list.add({ path, kind: 'link', target, ...more })
    const isHard = true
    for (const path of ['a', 'b', 'again']) file(path)
    for (const path of ['hard', 'copy', 'gone']) link(path, './a', { isHard })
    for (const path of ['again', 'node']) link(`${path}-hard`, path, { isHard })
    list.add({ path: 'node', kind: 'other' })
    file('again')
    for (const path of ['soft', 'moved', 'lost']) link(path, 'a b')
    link('bytes', 'x\uFFFD')
    const found = listFiles(list)
    const restored = (type: string, path: string, inode: number, names: number) =>
      found.see(Buffer.from(`${type} 0 644 7.5 ${inode} ${names} ${path}\0`))
    for (const path of ['a', 'hard']) restored('f', path, 1, 2)
    for (const [index, path] of ['b', 'copy', 'again'].entries()) restored('f', path, 2 + index, 1)
    restored('f', 'again-hard', 9, 1)
    const targets = { soft: 'a b', moved: 'a', bytes: 'x\xff' }
    for (const [path, target] of Object.entries(targets)) {
      restored('l', path, 20, 1)
      found.see(Buffer.from(`= ${target}\0`, 'latin1'))
    }
    assert.deepEqual(found.differences(), [
      'has a hard link "copy" to "a" that was not restored as such',
      'has a hard link "gone" to "a" that was not restored as such',
      'has a link "moved" to "a b", restored with the target "a"',
      'has a link "lost" to "a b", that was not restored',
    ])
    assert.equal(found.tooLong, 0)
  })

  it('counts members whose paths are too long to be created, and those linked to them', () => {
    const list = listMembers('none')
    const [most, more] = ['x'.repeat(4095), 'x'.repeat(4096)]
    for (const path of [most, more]) list.add({ path, kind: 'file', bytes: 0 })
    list.add({ path: most, kind: 'folder' })
    for (const isHard of [true, undefined]) list.add({ path: `to ${isHard}`, kind: 'link', target: more, ...(isHard && { isHard }) })
    const found = listFiles(list)
    assert.deepEqual([found.differences(), found.tooLong], [[`has a member "${most}/" that was not restored`], 3])
  })

  it('does not miss the files within the limit because the others were unpacked first, and counts those', () => {
    const members: Files = [
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['d', 1],
    ]
    assert.deepEqual(compare(members, members.toReversed(), 2), { differences: [], skipped: 2 })
    assert.deepEqual(compare(members, [['d', 1]], 2).differences.length, 2)
  })
})
