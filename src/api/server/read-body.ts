import type { IncomingMessage } from 'node:http'
import { ApiError } from '../problems.ts'

const SMALL_BYTES = 64 * 1024
const LARGE_BYTES = 5 * 1024 * 1024

/** Reads the body as JSON, with a size limit; undefined if there is no body. Its duration is limited by the server's `requestTimeout`. */
export async function readBody(request: IncomingMessage, { isLarge }: { readonly isLarge: boolean }): Promise<unknown> {
  const limit = isLarge ? LARGE_BYTES : SMALL_BYTES
  const { 'content-length': length, 'content-type': type, 'transfer-encoding': coding, 'content-encoding': encoding } = request.headers
  if ((length === undefined || length === '0') && coding === undefined) return undefined
  if (!/^application\/json(?:;|$)/iu.test(type ?? '') || encoding !== undefined)
    throw new ApiError('media-type', 'expected a body in JSON', { hint: 'Send it as application/json, not compressed.' })
  if (Number(length ?? 0) > limit) throw tooLarge(limit)
  const body = await readLimited(request, limit)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new ApiError('invalid', 'the body is not valid JSON')
  }
}

async function readLimited(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limit) throw tooLarge(limit)
      chunks.push(chunk)
    }
  } catch (error) {
    // The client has disconnected: this is not an error of the server.
    throw error instanceof ApiError ? error : new ApiError('invalid', 'the body is incomplete')
  }
  return Buffer.concat(chunks)
}

function tooLarge(limit: number): ApiError {
  return new ApiError('too-large', `the body is larger than ${limit} bytes`)
}
