import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { AppError } from '../../lib/errors.ts'
import { faultOf, isPassing } from './s3-fault.ts'

class NoSecret extends AppError {
  readonly code = 'cli/no-secret'
}

describe('faults of s3', () => {
  it('do not pass if a secret cannot be read, although a code of the system is behind it', async () => {
    const cause: unknown = await readFile('/no/such/secret').catch((error: unknown) => error)
    const secret = new NoSecret('could not read the secret', { cause })
    for (const thrown of [secret, new Error('could not sign', { cause: secret })]) assert.equal(isPassing(faultOf(thrown)), false)
    assert.equal(isPassing(faultOf(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))), true)
  })
})
