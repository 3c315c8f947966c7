import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call } from '../../../test/support/localfs.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import type { Storage } from '../../storage/storage.ts'
import { listSetKeys } from './list-set-keys.ts'
import { listStoredSets } from './list-stored-sets.ts'
import { BEGIN_MARKERS } from './marker-files.ts'

const SET = '2026-01-02T03:04:05+00:00'

/** A storage whose list goes on for ever. */
function endless(keyAt: (index: number) => string): Storage {
  return {
    ...memoryStorage(),
    async *list() {
      for (let index = 0; ; index++) yield { key: keyAt(index), bytes: 1 }
    },
  }
}

const later = (index: number) => new Date(new Date(SET).getTime() + 1000 * index).toISOString().replace('.000Z', '+00:00')

describe('a listing without an end', () => {
  for (const [what, keyAt] of Object.entries({
    objects: (index: number) => `${SET}/${index}`,
    markers: (index: number) => `${SET}/${BEGIN_MARKERS}${index}`,
    sets: (index: number) => `${later(index)}/a`,
  }))
    it(`of ${what} ends with an error before the memory is full`, async () => {
      await assert.rejects(listStoredSets(endless(keyAt), call), { code: 'storage/broken', message: /has more than \d+ (?:objects|sets)/u })
    })

  it('of one set ends so too', async () => {
    const looking = listSetKeys(
      endless((index) => `${SET}/${index}`),
      SET,
      call,
    )
    await assert.rejects(looking, { code: 'storage/broken', message: /has more than 250000 objects/u })
  })
})
