import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { onlyWhenLong } from './only-when-long.ts'

const PROGRAM = fileURLToPath(new URL('../programs/many-entries.ts', import.meta.url))
const MOST_MIB = 512

interface Outcome {
  readonly added: number
  readonly unchanged: number
  readonly peakMiB: number
}

function compare(count: number): Outcome {
  return JSON.parse(execFileSync(process.execPath, [PROGRAM, String(count)], { encoding: 'utf8' })) as Outcome
}

describe('a tree of very many entries', () => {
  it('is compared with its list, each change found', () => {
    assert.deepEqual({ ...compare(50_000), peakMiB: 0 }, { added: 50, unchanged: 49_950, peakMiB: 0 })
  })

  it(`uses no more than ${MOST_MIB} MiB with ten million entries`, { skip: onlyWhenLong() }, () => {
    const { added, unchanged, peakMiB } = compare(10_000_000)
    assert.deepEqual([added, unchanged], [10_000, 9_990_000])
    assert.ok(peakMiB <= MOST_MIB, `${peakMiB} MiB`)
  })
})
