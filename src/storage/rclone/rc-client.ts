import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { parseJsonObject } from '../../lib/parse-json.ts'
import { StorageError } from '../storage.ts'

/** The HTTP client for a remote control that listens on this host (rclone's manual, "Remote controlling rclone with its API"). */
export interface RcClient {
  /** Starts a request that the caller ends; the caller handles its errors. */
  open(options: { readonly method: 'GET' | 'POST'; readonly path: string; readonly headers?: Readonly<Record<string, string>> }): ClientRequest
  /** Calls a method. Rejects if there was no answer; an error returned by rclone is an answer. */
  post(method: string, parameters: object, signal?: AbortSignal): Promise<RcAnswer>
  close(): void
}

export interface RcAnswer {
  readonly status: number
  /** The result, or the error. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface RcPlace {
  readonly port: number
  readonly user: string
  readonly password: string
}

export function openRcClient({ port, user, password }: RcPlace): RcClient {
  const agent = new Agent({ keepAlive: true })
  const open: RcClient['open'] = (options) => request({ agent, host: '127.0.0.1', port, auth: `${user}:${password}`, ...options })
  return {
    open,
    async post(method, parameters, signal) {
      const sent = open({ method: 'POST', path: `/${method}`, headers: { 'content-type': 'application/json' } })
      const stop = () => sent.destroy(new Error('the request was aborted'))
      signal?.addEventListener('abort', stop)
      if (signal?.aborted) stop()
      try {
        const answer = responseTo(sent)
        sent.end(JSON.stringify(parameters))
        return await readAnswer(await answer)
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
    close: () => agent.destroy(),
  }
}

/** Resolves with the head of the answer. Later errors of the request are those of the response. */
export function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
  })
}

/** More than a list of a million objects. Data from the remote passes through here, and is kept in memory. */
const MOST_ANSWER_BYTES = 256 * 1024 * 1024

/** Rejects if the answer exceeds the memory limit. */
export async function readAnswer(response: IncomingMessage, mostBytes = MOST_ANSWER_BYTES): Promise<RcAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) {
      response.destroy()
      throw new StorageError('broken', `the answer of rclone is longer than ${mostBytes} bytes`, {
        hint: 'The root may contain too many objects. Use several roots.',
      })
    }
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, body: parseBody(Buffer.concat(chunks).toString('utf8')) }
}

function parseBody(body: string): RcAnswer['body'] {
  // Some errors are plain text.
  return (parseJsonObject(body) as RcAnswer['body'] | undefined) ?? { error: body.trim() }
}
