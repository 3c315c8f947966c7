import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settledWithin } from './settled-within.ts'

describe('settledWithin', () => {
  it('waits for what settles, well or badly', async () => {
    assert.equal(await settledWithin(60_000, Promise.resolve('done')), true)
    assert.equal(await settledWithin(60_000, Promise.reject(new Error('broken'))), true)
  })

  it('does not wait for ever', async () => {
    assert.equal(await settledWithin(10, new Promise(() => undefined)), false)
  })

  it('takes any time limit', async () => {
    const later = new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(await settledWithin(60 * 24 * 3600_000, later), true)
  })
})
