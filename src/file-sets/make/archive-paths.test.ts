import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { archiveFiles, archiveStep, nameFormat, SCHEME } from '../../../test/support/archive.ts'
import type { ArchiveFiles } from '../../plan/dated-files.ts'
import { archivePaths } from './archive-paths.ts'

const BEGAN = new Date('2026-03-01T02:40:00')
const place = (changes: Partial<ArchiveFiles>) =>
  archivePaths(archiveStep('/src', '/nowhere', { files: archiveFiles('/nowhere', 0, changes) }), 0, BEGAN)

describe('archivePlace', () => {
  it('gives archive, list and digest three names, or refuses', async () => {
    const twice: readonly (readonly [string, Partial<ArchiveFiles>])[] = [
      ['archive and list', { scheme: { ...SCHEME, archive: nameFormat('{basename}-{level}') } }],
      ['archive and list by their extension', { listExtension: 'tar.gz' }],
      ['list and digest', { listExtension: 'hash', digests: true }],
      ['archive and digest', { scheme: { ...SCHEME, archiveDigest: SCHEME.archive }, digests: true }],
    ]
    for (const [what, changes] of twice) await assert.rejects(place(changes), /archive, list and digest have the same file name/u, what)
    const { list } = await place({ listExtension: 'hash' })
    assert.equal(list, '/nowhere/0/etc-20260301_024000-0.hash')
  })
})
