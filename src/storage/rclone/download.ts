import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import { StorageError } from '../storage.ts'
import { type RcAnswer, type RcClient, readAnswer, responseTo } from './rc-client.ts'
import { ROOT_REMOTE } from './rclone-service.ts'
import { type StallWatch, watchStall } from './stall.ts'

export interface Download {
  readonly client: RcClient
  readonly key: string
  readonly signal: AbortSignal
  readonly stallMs: number
  readonly stalledError: () => Error
  /** Converts a lost connection to an error. */
  readonly lost: (cause: unknown) => Promise<Error>
}

/** The data of an object, or the rejection. The stream fails if it contains fewer bytes than announced. */
export async function download({ client, key, signal, stallMs, stalledError, lost }: Download): Promise<Readable | RcAnswer> {
  const path = `/${encodeURIComponent(`[${ROOT_REMOTE}]`)}/${key.split('/').map(encodeURIComponent).join('/')}`
  const sent = client.open({ method: 'GET', path })
  let response: IncomingMessage | undefined
  const received = { isPastHead: false }
  const watch = watchStall(stallMs, async () => progressOf(response, received), stalledError)
  const stop = () => sent.destroy(new Error('stopped'))
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const end = () => {
    watch.stop()
    signal.removeEventListener('abort', stop)
  }
  try {
    const head = responseTo(sent)
    sent.end()
    response = await Promise.race([head, watch.stalled])
    received.isPastHead = true
    if (response.statusCode === 200) return bodyOf(response, { watch, end, lost })
    const answer = await readAnswer(response)
    end()
    return answer
  } catch (error) {
    end()
    sent.destroy()
    throw error instanceof StorageError ? error : await lost(error)
  }
}

interface Watching extends Pick<Download, 'lost'> {
  readonly watch: StallWatch
  readonly end: () => void
}

function bodyOf(response: IncomingMessage, { watch, end, lost }: Watching): Readable {
  const out = new PassThrough({ highWaterMark: 1024 * 1024 })
  watch.stalled.catch((error: Error) => out.destroy(error))
  response.on('error', (cause) => void lost(cause).then((error) => out.destroy(error)))
  // Not with a pipeline, which would report the connection's error before this one is known.
  response.pipe(out)
  out.on('close', () => {
    end()
    response.destroy()
  })
  return out
}

/** The number of received bytes; the time, while received data is not consumed. */
function progressOf(response: IncomingMessage | undefined, { isPastHead }: { readonly isPastHead: boolean }): unknown {
  if (!isPastHead || response === undefined) return 'head'
  return response.readableLength > 0 ? performance.now() : response.socket.bytesRead
}
