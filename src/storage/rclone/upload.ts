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
  /** In words, for an error. */
  readonly doing: string
  readonly signal: AbortSignal
  readonly stallMs: number
  readonly stalledError: () => Error
  /** What it means that the connection was lost. */
  readonly lost: (cause: unknown) => Promise<Error>
}

/** The answer, with how many bytes of the body were sent. */
export interface Uploaded extends RcAnswer {
  readonly bytes: number
}

/**
 * Sends a body as one part of a form that has a closing line. rclone takes the body for whole only when it has read that line: if the body breaks, or
 * we die, it never comes, and what was uploaded so far is removed by rclone. Rejects with what broke the body, unchanged.
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
  const heard = responseTo(sent).then(readAnswer)
  const answer = heard.catch(async (cause: unknown) => {
    throw await lost(cause)
  })
  const hear = () => {
    state.isAnswered = true
  }
  heard.then(hear, hear)
  answer.catch(() => undefined)
  const onAbort = () => {
    body.destroy(new StorageError('aborted', `stopped before completion: ${doing}`, { cause: signal.reason }))
    // Also what waits until more may be sent, or for the answer.
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
    // Where the closing line has not been sent, the body broke off for rclone.
    if (!state.isAnswered || !sent.writableEnded) sent.destroy()
    watch.stop()
    signal.removeEventListener('abort', onAbort)
  }
}

/** Resolves when more may be sent: nothing is waited for any longer when the answer, or the end, comes early. */
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

// rclone reads ahead, in pieces of a megabyte that it hands on when they are full (fs/asyncreader of its source).
const READ_AHEAD_BYTES = 2 * 1024 * 1024

/**
 * While the body itself is waited for, and rclone has sent on what it has, the time is the change; else the bytes that rclone has sent on: what it only took
 * from us may wait in its buffers while the network stands still.
 */
async function progressOf(client: RcClient, key: string, { bytes, isWaiting }: Progress): Promise<unknown> {
  if (!isWaiting && bytes <= READ_AHEAD_BYTES) return performance.now()
  const { body } = await client.post('core/stats', {})
  const transfers = Array.isArray(body['transferring']) ? (body['transferring'] as readonly Readonly<Record<string, unknown>>[]) : []
  const onward = transfers.find(({ name }) => name === key)?.['bytes']
  if (typeof onward !== 'number') return isWaiting ? bytes : performance.now()
  return isWaiting || bytes - onward > READ_AHEAD_BYTES ? onward : performance.now()
}

/** A name inside a header (RFC 5987, 3.2): what encodeURIComponent leaves and that does not allow is written out too. */
function rfc5987(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
