import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { openLocalfs } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { call } from '../../storage/storage.suite.ts'
import { StorageError } from '../../storage/storage.ts'
import { rotate } from '../keep/rotate.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import { chooseSet } from '../set/choose-set.ts'
import type { SetStore } from '../set/set-store.ts'
import { verifySet } from '../verify/verify-set.ts'
import { filesystemSets } from './filesystem-sets.ts'

const root = mkdtempSync(join(tmpdir(), 'name-forms-'))
after(() => rmSync(root, { recursive: true }))
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
const objects = { 'db.sql': 'x' }

const KEEPERS: readonly (readonly [what: string, open: () => { readonly sets: SetStore; readonly ancestors: SetStore }])[] = [
  [
    'a root',
    () => {
      const storage = openLocalfs(join(root, 'sets'))
      return { sets: filesystemSets(storage, { completeWhen: 'manifest' }), ancestors: filesystemSets(storage, { completeWhen: 'folder' }) }
    },
  ],
  [
    'an object store',
    () => {
      const storage = memoryStorage()
      return { sets: objectStoreSets(storage, { completeWhen: 'manifest' }), ancestors: objectStoreSets(storage, { completeWhen: 'folder' }) }
    },
  ],
]

for (const [what, open] of KEEPERS)
  describe(`names of both forms in ${what}`, () => {
    it('are of the form that the root needs, never of the same second, and in the order of their times', async () => {
      const { sets, ancestors } = open()
      // Those of an earlier version are of that form in every root.
      const first = await makeSet(ancestors, call, { began: at(1), objects })
      const second = await makeSet(sets, call, { began: at(1), objects })
      const third = await makeSet(ancestors, call, { began: at(2), objects })
      assert.deepEqual([first, second, third], ['2026-01-01T00:00:01+00:00', '20260101T000002Z', '2026-01-01T00:00:03+00:00'])
      const current = await makeSet(sets, call, { began: at(9), objects })
      const listed = await sets.list(call)
      assert.deepEqual(
        listed.map(({ name, state }) => `${name} ${state}`),
        [first, second, third, current].map((name) => `${name} complete`),
      )
      for (const { name } of listed) assert.deepEqual((await verifySet(sets, name, call)).problems, [])
      for (const [wanted, name] of [
        ['latest', current],
        [second, second],
        ['2026-01-01T00:00:02+00:00', second],
        ['20260101T000001Z', first],
        ['2026-01-01T00:00:03', third],
      ] as const)
        assert.equal(chooseSet(listed, wanted)?.name, name)
      await rotate(sets, { step: 's', policy: { copies: 2n }, current, emit: () => undefined }, call)
      assert.deepEqual(await sets.names(call), [third, current])
    })
  })

describe('a file system that accepts no colons', () => {
  it('is refused before anything is made if the names have some, and used if they have none', async () => {
    const folder = join(root, 'exfat')
    mkdirSync(folder)
    const storage = openLocalfs(folder)
    const picky = {
      ...storage,
      folders: {
        ...storage.folders,
        begin: async (...given: Parameters<typeof storage.folders.begin>) => {
          const work = await storage.folders.begin(...given)
          return {
            ...work,
            openFile: async (path: string, options?: { readonly reserveBytes?: number }) => {
              if (path.includes(':'))
                throw new StorageError('broken', 'invalid argument', { cause: Object.assign(new Error('EINVAL'), { code: 'EINVAL' }) })
              return work.openFile(path, options)
            },
          }
        },
      },
    }
    const begun = filesystemSets(picky, { completeWhen: 'folder' }).begin({ runId: 'r', task: 't', began: at(1) }, call)
    await assert.rejects(begun, { code: 'storage/broken', message: /does not accept names with colons/u, hint: /exFAT/u })
    writeFileSync(join(folder, 'other'), '')
    assert.equal(await makeSet(filesystemSets(picky, { completeWhen: 'manifest' }), call, { began: at(1), objects }), '20260101T000001Z')
  })
})
