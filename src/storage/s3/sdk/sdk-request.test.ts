import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openRequests, type SdkClient } from './sdk-request.ts'

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
  return { ...openRequests(open), destroyed, opened: () => count }
}

describe('openRequests', () => {
  for (const fault of ['ExpiredToken', 'InvalidAccessKeyId']) {
    it(`repeats a call once with the credentials of a new client after ${fault}`, async () => {
      const { request, opened } = openCounted()
      const answer = await request(signal, async ({ Bucket }) => {
        if (Bucket === 'b1') throw refusal(fault)
        return Bucket
      })
      assert.deepEqual([answer, opened()], ['b2', 2])
    })
  }

  it('opens one client for calls that are refused together', async () => {
    const { request, opened } = openCounted()
    const call = () =>
      request(signal, async ({ Bucket }) => {
        if (Bucket === 'b1') throw refusal('ExpiredToken')
        return Bucket
      })
    assert.deepEqual(await Promise.all([call(), call(), call()]), ['b2', 'b2', 'b2'])
    assert.equal(opened(), 2)
  })

  it('gives up if the new client is refused as well, and does not repeat other faults', async () => {
    const { request, opened, close, destroyed } = openCounted()
    let calls = 0
    const refuse = (name: string) =>
      request(signal, async () => {
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

describe('openRequests in another region', () => {
  const elsewhere = (region: string) => Object.assign(refusal('AuthorizationHeaderMalformed'), { Region: region, $metadata: { httpStatusCode: 400 } })

  function openIn(followsRegion: boolean, first = 'us-east-1') {
    const regions: (string | undefined)[] = []
    const open = async (region?: string) => {
      regions.push(region)
      return {
        bucket: region ?? 'default',
        isTls: true,
        region: region ?? first,
        followsRegion,
        sdk: {},
        client: { destroy() {} },
      } as unknown as SdkClient
    }
    return { ...openRequests(open), regions }
  }

  it('uses the region that the store names, for calls that are refused together and later ones', async () => {
    const { request, regions } = openIn(true)
    const call = () =>
      request(signal, async ({ Bucket }) => {
        if (Bucket !== 'eu-west-1') throw elsewhere('eu-west-1')
        return Bucket
      })
    assert.deepEqual(await Promise.all([call(), call(), call()]), ['eu-west-1', 'eu-west-1', 'eu-west-1'])
    await call()
    assert.deepEqual(regions, [undefined, 'eu-west-1'])
  })

  it('keeps it with newer credentials', async () => {
    const { request, regions } = openIn(true)
    let isOld = true
    await request(signal, async ({ Bucket }) => {
      if (Bucket === 'default') throw elsewhere('eu-west-1')
      if (!isOld) return
      isOld = false
      throw refusal('ExpiredToken')
    })
    assert.deepEqual(regions, [undefined, 'eu-west-1', 'eu-west-1'])
  })

  it('uses a configured region, ignores invalid names of regions, and changes the region only once', async () => {
    for (const [follows, named, opened] of [
      [false, 'eu-west-1', 1],
      [true, '127.0.0.1/', 1],
      [true, 'eu-west-1', 2],
    ] as const) {
      const { request, regions } = openIn(follows)
      const work = async () => {
        throw elsewhere(named)
      }
      await assert.rejects(request(signal, work), { fault: 'AuthorizationHeaderMalformed' })
      assert.equal(regions.length, opened)
    }
  })

  it('is not the cause of a refusal that names the region of the client', async () => {
    for (const followsRegion of [true, false]) {
      const { request, regions } = openIn(followsRegion, 'eu-west-1')
      const work = async () => {
        throw elsewhere('eu-west-1')
      }
      await assert.rejects(request(signal, work), { fault: 'AuthorizationHeaderMalformed', status: 400, region: undefined })
      assert.equal(regions.length, 1)
    }
  })
})
