import { randomBytes } from 'node:crypto'
import type { ClientRequest } from 'node:http'
import type { Readable } from 'node:stream'
import { StorageError } from '../storage.ts'
import { type RcAnswer, type RcClient, readAnswer, responseTo } from './rc-client.ts'
import { ROOT_REMOTE } from './rclone-service.ts'
import { watchStall } from './stall.ts'

export interface Upload {
  readonly client: RcClient
  readonly key: string
  readonly body: Readable
  /** The operation, in words for an error. */
  readonly doing: string
  readonly signal: AbortSignal
  readonly stallMs: number
  readonly stalledError: () => Error
  /** Converts a lost connection to an error. */
  readonly lost: (cause: unknown) => Promise<Error>
}

/** The answer, with the number of bytes of the body that were sent. */
export interface Uploaded extends RcAnswer {
  readonly bytes: number
}

/**
 * Sends a body as one part of a form with a closing line. rclone treats the body as complete only when it has read that line: if the body fails, or
 * this process ends, it is never sent, and rclone removes the incomplete object. Rejects with the error of the body, unchanged.
 */
export async function upload({ client, key, body, doing, signal, stallMs, stalledError, lost }: Upload): Promise<Uploaded> {
  const boundary = randomBytes(24).toString('hex')
  const slash = key.lastIndexOf('/')
  const query = new URLSearchParams({ fs: ROOT_REMOTE, remote: key.slice(0, Math.max(0, slash)) })
  const sent = client.open({
    method: 'POST',
    path: `/operations/uploadfile?${query}`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  })
  const state = { bytes: 0, isWaiting: false, isAnswered: false }
  const response = responseTo(sent).then(readAnswer)
  const answer = response.catch(async (cause: unknown) => {
    throw await lost(cause)
  })
  const onResponse = () => {
    state.isAnswered = true
  }
  response.then(onResponse, onResponse)
  answer.catch(() => undefined)
  const onAbort = () => {
    body.destroy(new StorageError('aborted', `stopped before completion: ${doing}`, { cause: signal.reason }))
    // Also ends waiting for the connection or the answer.
    sent.destroy()
  }
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const watch = watchStall(stallMs, () => progressOf(client, key, state), stalledError)
  try {
    const writing = async () => {
      await send(sent, `--${boundary}\r\ncontent-disposition: form-data; name="body"; filename*=UTF-8''${rfc5987(key.slice(slash + 1))}\r\n\r\n`)
      for await (const chunk of body) {
        if (state.isAnswered) return
        state.isWaiting = true
        await send(sent, chunk as Buffer)
        state.isWaiting = false
        state.bytes += Buffer.byteLength(chunk as Buffer)
      }
      state.isWaiting = true
      sent.end(`\r\n--${boundary}--\r\n`)
    }
    await Promise.race([writing(), watch.stalled])
    return { ...(await Promise.race([answer, watch.stalled])), bytes: state.bytes }
  } finally {
    // Without the closing line, the body was interrupted for rclone.
    if (!state.isAnswered || !sent.writableEnded) sent.destroy()
    watch.stop()
    signal.removeEventListener('abort', onAbort)
  }
}

/** Resolves when more can be sent; also if the answer, or the end, arrives early. */
async function send(sent: ClientRequest, chunk: string | Buffer): Promise<void> {
  if (sent.write(chunk)) return
  await new Promise<void>((resolve) => {
    const events = ['drain', 'response', 'close']
    const done = () => {
      for (const event of events) sent.removeListener(event, done)
      resolve()
    }
    for (const event of events) sent.on(event, done)
  })
}

interface Progress {
  readonly bytes: number
  readonly isWaiting: boolean
}

// rclone reads ahead, in blocks of a megabyte that are passed on when they are full (fs/asyncreader in its source).
const READ_AHEAD_BYTES = 2 * 1024 * 1024

/**
 * While the body is being waited for, and rclone has sent all its data, the time is the progress; otherwise the bytes that rclone has sent: data that
 * it has only accepted may remain in its buffers while the network is stalled.
 */
async function progressOf(client: RcClient, key: string, { bytes, isWaiting }: Progress): Promise<unknown> {
  if (!isWaiting && bytes <= READ_AHEAD_BYTES) return performance.now()
  const { body } = await client.post('core/stats', {})
  const transfers = Array.isArray(body['transferring']) ? (body['transferring'] as readonly Readonly<Record<string, unknown>>[]) : []
  const onward = transfers.find(({ name }) => name === key)?.['bytes']
  if (typeof onward !== 'number') return isWaiting ? bytes : performance.now()
  return isWaiting || bytes - onward > READ_AHEAD_BYTES ? onward : performance.now()
}

/** A name in a header (RFC 5987, 3.2): characters that encodeURIComponent does not escape and that are not allowed are escaped, too. */
function rfc5987(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
