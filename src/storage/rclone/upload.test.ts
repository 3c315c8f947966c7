import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { scaledMs } from '../../../test/support/time-limits.ts'
import { StorageError } from '../storage.ts'
import { openRcClient } from './rc-client.ts'
import { upload } from './upload.ts'

async function clientTo(t: TestContext, serve: RequestListener) {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = openRcClient({ port: (server.address() as AddressInfo).port, user: 'u', password: 'p' })
  t.after(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  return client
}

describe('an upload by rclone', () => {
  for (const [title, bytes, serve] of [
    ['while no more is taken', 50_000_000, (stop) => () => stop()],
    // To its end, the closing line included.
    ['while the answer is waited for', 1000, (stop) => (request) => request.resume().on('end', stop)],
  ] as const satisfies readonly (readonly [string, number, (stop: () => void) => RequestListener])[])
    it(`stops ${title}`, { timeout: scaledMs(120_000) }, async (t) => {
      const stop = new AbortController()
      const client = await clientTo(
        t,
        serve(() => setTimeout(() => stop.abort(), 50)),
      )
      const body = Readable.from([Buffer.alloc(bytes)], { objectMode: false })
      const lost = async (cause: unknown) => new StorageError(stop.signal.aborted ? 'aborted' : 'unreachable', 'lost', { cause })
      const stalledError = () => new Error('stalled')
      const uploading = upload({ client, key: 'a', body, doing: 'store "a"', signal: stop.signal, stallMs: scaledMs(300_000), stalledError, lost })
      await assert.rejects(uploading, { code: 'storage/aborted' })
    })

  const MIB = 1024 * 1024
  const stallMs = scaledMs(300)
  const outOf = (body: AsyncIterable<Buffer>) => ({
    key: 'a',
    body: Readable.from(body, { objectMode: false }),
    doing: 'store "a"',
    signal: new AbortController().signal,
    stallMs,
    stalledError: () => new Error('stalled'),
    lost: async (cause: unknown) => new StorageError('unreachable', 'lost', { cause }),
  })
  /** Takes all that comes, and says that it has sent on so many bytes. */
  const rcSending = (t: TestContext, onward: (taken: number) => number) => {
    let taken = 0
    return clientTo(t, (request, response) => {
      if (request.url === '/core/stats') response.end(JSON.stringify({ transferring: [{ name: 'a', bytes: onward(taken) }] }))
      else
        request
          .on('data', (chunk: Buffer) => {
            taken += chunk.length
          })
          .on('end', () => response.end('{}'))
    })
  }

  it('stalls if rclone sends nothing, although it accepts data from a slow source', { timeout: scaledMs(60_000) }, async (t) => {
    const client = await rcSending(t, () => 1000)
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(MIB / 4)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    await assert.rejects(upload({ client, ...outOf(endless()) }), /^Error: stalled$/u)
  })

  it('waits for a source that pauses, if rclone has sent its data except for the read-ahead buffer', async (t) => {
    const client = await rcSending(t, (taken) => Math.max(0, taken - MIB))
    async function* pausing() {
      yield Buffer.alloc(6 * MIB)
      await new Promise((resolve) => setTimeout(resolve, 3 * stallMs))
      yield Buffer.alloc(10)
    }
    assert.equal((await upload({ client, ...outOf(pausing()) })).bytes, 6 * MIB + 10)
  })
})
