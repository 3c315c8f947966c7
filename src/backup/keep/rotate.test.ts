import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeSet } from '../../../test/support/sets.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import { putHold } from './holds.ts'
import { rotate } from './rotate.ts'

const call: OperationContext = { signal: new AbortController().signal }
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))

describe('rotate', () => {
  it('keeps a set that another host holds between the decision and the removal, with a note', async () => {
    const sets = objectStoreSets(memoryStorage(), { completeWhen: 'manifest' })
    const names: string[] = []
    for (const second of [1, 2, 3]) names.push(await makeSet(sets, call, { began: at(second), objects: { 'o.txt': 'x' } }))
    const [first = '', second = '', third = ''] = names
    const expired: string[] = []
    const holding = {
      ...sets,
      async expire(name: string) {
        // The oldest is removed first; the next one is held meanwhile.
        await sets.expire(name, call)
        expired.push(name)
        if (sets.sideFiles) await putHold(sets.sideFiles, { set: second, reason: 'audit\u001b[2J', host: 'h', at: at(9).toISOString() }, call)
      },
    }
    const notes = await rotate(holding, { step: 's', policy: { copies: 1n }, current: third, now: at(10), emit: () => undefined }, call)
    assert.deepEqual(expired, [first])
    assert.deepEqual(notes, [`kept the set "${second}" in "memory": it has been held since this rotation began`])
    assert.deepEqual(
      (await sets.list(call)).map(({ name }) => name),
      [second, third],
    )
  })
})
