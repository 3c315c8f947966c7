import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shareMemory } from './share-memory.ts'

const GIB = 1024 ** 3

it('shareMemory gives each object at least 1 GiB of half of the available memory, or of what is configured', () => {
  assert.deepEqual(shareMemory({ workers: 4 }, 16 * GIB), { workers: 4, memoryBytes: 2 * GIB })
  assert.deepEqual(shareMemory({ workers: 4 }, 5 * GIB), { workers: 2, memoryBytes: 1.25 * GIB })
  assert.deepEqual(shareMemory({ workers: 4 }, GIB), { workers: 1 })
  assert.deepEqual(shareMemory({ workers: 0 }, 64 * GIB), { workers: 1 })
  assert.deepEqual(shareMemory({ workers: 4, memoryBytes: 2 * GIB }, GIB), { workers: 2, memoryBytes: GIB })
  assert.deepEqual(shareMemory({ workers: 4, memoryBytes: GIB / 2 }, 64 * GIB), { workers: 1, memoryBytes: GIB / 2 })
})
