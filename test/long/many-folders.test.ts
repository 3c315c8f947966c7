import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { openSetStore } from '../../src/backup/store/open-set-store.ts'
import { call, openLocalfs } from '../support/localfs.ts'
import { makeSet } from '../support/sets.ts'
import { onlyWhenLong } from './only-when-long.ts'

const COUNT = 200_000

it(`${COUNT} foreign folders in a root harm nothing`, { skip: onlyWhenLong() }, async (t) => {
  // In memory, where there is such a place: removing them from a disk takes longer than the test.
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-many-'))
  t.after(() => execFileSync('rm', ['-r', root]))
  execFileSync('sh', ['-c', 'cd "$1" && seq "$2" | sed s/^/foreign-/ | xargs mkdir', 'sh', root, String(COUNT)])
  const storage = openLocalfs(root)
  const sets = openSetStore(storage, { kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'folder' })
  const began = new Date('2026-01-01T00:00:00Z')
  const names = [await makeSet(sets, call, { began, objects: { a: 'a' } }), await makeSet(sets, call, { began, objects: { a: 'a' } })]
  assert.deepEqual(
    (await sets.list(call)).map(({ name }) => name),
    names,
  )
  await rotate(sets, { step: 'x', policy: { copies: 1n }, current: names[1], emit: () => undefined }, call)
  assert.deepEqual(await sets.names(call), names.slice(1))
  assert.equal((await storage.folders.listFolders(call)).length, COUNT + 1)
})
