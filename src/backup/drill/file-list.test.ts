import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContentEntry } from '../contents/entry.ts'
import { listFiles, listMembers } from './file-list.ts'

type Files = readonly (readonly [path: string, bytes: number, kind?: ContentEntry['kind']])[]

function compare(members: Files, files: Files, most?: number) {
  const list = listMembers(most)
  for (const [path, bytes, kind = 'file'] of members) list.add({ path, kind, bytes } as ContentEntry)
  const found = listFiles(list)
  const text = Buffer.from(files.map(([path, bytes]) => `${bytes} ${path}\0`).join(''))
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

  it('uses the last member of a path, whatever its kind', () => {
    const members: Files = [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['b', 0, 'link'],
    ]
    for (const most of [1, 2, 3]) assert.deepEqual(compare(members, [['a', 2]], most).differences, [], String(most))
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
