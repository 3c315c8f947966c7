import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planOf } from '../../test/support/native.ts'
import { StorageError } from '../storage/storage.ts'
import type { CheckDeps } from './check-deps.ts'
import { runCheck } from './run-check.ts'

const CONFIG = 'version: 1\nstorages: { b: { type: localfs, root: /b } }\ntasks: { t: { steps: [{ backup: { objects: { a: { exec: [x] } } } }] } }\n'

async function query(openSets: CheckDeps['openSets'], timeoutMs = 60_000) {
  const deps = { plan: await planOf(CONFIG), processes: {} as never, clock: () => new Date(), openSets }
  return runCheck({ kind: 'freshness', task: 't', timeoutMs }, deps, new AbortController().signal)
}

describe('a check', () => {
  it('is unknown in time, even if the check ignores the stop request', async () => {
    const { status, reason, hint } = await query(() => new Promise(() => undefined), 300)
    assert.deepEqual([status, reason], ['unknown', 'timed out after 0.3 s'])
    assert.match(hint ?? '', /^Check what it waits for/u)
  })

  it("is unknown with the error's hint", async () => {
    const { status, reason, hint } = await query(() => Promise.reject(new StorageError('denied', 'no key for "s3://b"', { hint: 'Bring one.' })))
    assert.deepEqual([status, reason, hint], ['unknown', 'no key for "s3://b"', 'Bring one.'])
  })

  it('keeps its reason on one line of bounded length', async () => {
    const { reason } = await query(() => Promise.reject(new Error(`a\n  b\u0007${'x'.repeat(5000)}`)))
    assert.match(reason, /^a b\\u0007x+…$/u)
    assert.equal(reason.length, 1000)
  })
})
