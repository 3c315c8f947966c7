import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { patience } from '../../../test/support/patience.ts'
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
    it(`stops ${title}`, { timeout: patience(120_000) }, async (t) => {
      const stop = new AbortController()
      const client = await clientTo(
        t,
        serve(() => setTimeout(() => stop.abort(), 50)),
      )
      const body = Readable.from([Buffer.alloc(bytes)], { objectMode: false })
      const lost = async (cause: unknown) => new StorageError(stop.signal.aborted ? 'aborted' : 'unreachable', 'lost', { cause })
      const stalledError = () => new Error('stalled')
      const uploading = upload({ client, key: 'a', body, doing: 'store "a"', signal: stop.signal, stallMs: patience(300_000), stalledError, lost })
      await assert.rejects(uploading, { code: 'storage/aborted' })
    })
})
