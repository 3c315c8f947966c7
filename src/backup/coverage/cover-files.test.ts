import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { cannotMountDead, mountDead } from '../../../test/faults/dead-mount.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import type { FilesSource, ObjectSpec } from '../../plan/plan.ts'
import { coverFiles } from './cover-files.ts'

const LIMIT_MS = 200

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-cover-'))
  const dead = mountDead(join(folder, 'dead'))
  // What hangs gets an error then.
  const late = setTimeout(() => dead.end(), scaledMs(20_000))
  t.after(() => {
    clearTimeout(late)
    dead.end()
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync(join(folder, 'data'))
  return folder
}

function cover(source: Pick<FilesSource, 'paths' | 'oneFileSystem' | 'requireMount'>, others: readonly string[], targets: readonly string[] = []) {
  const object = { path: 'data', stages: [] } as unknown as ObjectSpec
  const { signal } = new AbortController()
  return coverFiles(object, { kind: 'files', ...source } as FilesSource, { own: { targets, others }, signal, limitMs: LIMIT_MS })
}

describe('coverFiles beside a dead mount', { skip: cannotMountDead() }, () => {
  it('does not use the folders of other steps there', async (t) => {
    const folder = open(t)
    symlinkSync('dead/linked', join(folder, 'link'))
    const folders = ['dead', 'dead/sets', 'link', 'data/../dead/sets'].map((name) => join(folder, name))
    assert.deepEqual((await cover({ paths: [join(folder, 'data')] }, folders)).coverage?.leftOut, undefined)
    const { coverage, notes } = await cover({ paths: [folder] }, folders)
    assert.deepEqual(notes, [], 'the mount is one of the folders')
    const left = coverage?.leftOut?.map(({ what }) => what.slice(folder.length))
    assert.deepEqual(left, ['/dead', '/dead/sets', '/dead/linked'])
  })

  it('rejects if the mount is part of the source', async (t) => {
    const folder = open(t)
    symlinkSync('dead/linked', join(folder, 'link'))
    const unreachable = { code: 'storage/unreachable', message: `no answer from the file system of "${folder}/dead" within 0.2 s` }
    for (const path of ['dead', 'dead/below', 'link']) await assert.rejects(cover({ paths: [join(folder, path)] }, []), unreachable)
    await assert.rejects(cover({ paths: [join(folder, 'data')], requireMount: [join(folder, 'dead')] }, []), unreachable)
    await assert.rejects(cover({ paths: [folder], oneFileSystem: false }, [join(folder, 'dead/sets')]), unreachable)
  })
})
