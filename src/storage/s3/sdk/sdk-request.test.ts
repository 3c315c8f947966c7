import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openAsk, type SdkClient } from './sdk-request.ts'

const refusal = (name: string) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 403 } })
const { signal } = new AbortController()

function openCounted() {
  let count = 0
  const destroyed: number[] = []
  const open = async () => {
    count += 1
    const key = count
    return { bucket: `b${key}`, isTls: false, sdk: {}, client: { destroy: () => destroyed.push(key) } } as unknown as SdkClient
  }
  return { ...openAsk(open), destroyed, opened: () => count }
}

describe('openAsk', () => {
  for (const fault of ['ExpiredToken', 'InvalidAccessKeyId']) {
    it(`repeats a call once with the credentials of a new client after ${fault}`, async () => {
      const { ask, opened } = openCounted()
      const answer = await ask(signal, async ({ Bucket }) => {
        if (Bucket === 'b1') throw refusal(fault)
        return Bucket
      })
      assert.deepEqual([answer, opened()], ['b2', 2])
    })
  }

  it('opens one client for calls that are refused together', async () => {
    const { ask, opened } = openCounted()
    const call = () =>
      ask(signal, async ({ Bucket }) => {
        if (Bucket === 'b1') throw refusal('ExpiredToken')
        return Bucket
      })
    assert.deepEqual(await Promise.all([call(), call(), call()]), ['b2', 'b2', 'b2'])
    assert.equal(opened(), 2)
  })

  it('gives up if the new client is refused as well, and does not repeat other faults', async () => {
    const { ask, opened, close, destroyed } = openCounted()
    let calls = 0
    const refuse = (name: string) =>
      ask(signal, async () => {
        calls += 1
        throw refusal(name)
      })
    await assert.rejects(refuse('InvalidAccessKeyId'), { fault: 'InvalidAccessKeyId' })
    assert.deepEqual([calls, opened()], [2, 2])
    await assert.rejects(refuse('AccessDenied'), { fault: 'AccessDenied' })
    assert.deepEqual([calls, opened()], [3, 2])
    close()
    await new Promise(setImmediate)
    assert.deepEqual(destroyed.toSorted(), [1, 2])
  })
})
