import type { IncomingMessage } from 'node:http'
import { ApiError } from '../problems.ts'

const SMALL_BYTES = 64 * 1024
const LARGE_BYTES = 5 * 1024 * 1024

/** Reads the body as JSON, with a size limit; undefined if there is no body. Its duration is limited by the server's `requestTimeout`. */
export async function readBody(request: IncomingMessage, { isLarge }: { readonly isLarge: boolean }): Promise<unknown> {
  const limit = isLarge ? LARGE_BYTES : SMALL_BYTES
  const { 'content-length': length, 'content-type': type, 'transfer-encoding': coding, 'content-encoding': encoding } = request.headers
  if ((length === undefined || length === '0') && coding === undefined) return undefined
  if (!/^application\/json(?:;|$)/iu.test(type ?? '') || encoding !== undefined) {
    await readLimited(request, 0)
    throw new ApiError('media-type', 'expected a body in JSON', { hint: 'Send it as application/json, not compressed.' })
  }
  const body = await readLimited(request, limit)
  if (body === undefined) throw new ApiError('too-large', `the body is larger than ${limit} bytes`)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new ApiError('invalid', 'the body is not valid JSON')
  }
}

/**
 * The body; undefined if it is larger than the limit. Up to a size, the rest is read, too: proxies do not report the response of a server that closes the
 * connection while they are sending.
 */
async function readLimited(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > LARGE_BYTES) break
      if (bytes <= limit) chunks.push(chunk)
    }
  } catch {
    // The client has disconnected: this is not an error of the server.
    throw new ApiError('invalid', 'the body is incomplete')
  }
  return bytes > limit ? undefined : Buffer.concat(chunks)
}
