import { pipeline, type Readable, Transform } from 'node:stream'
import { S3Fault } from '../s3-fault.ts'
import { isForObject, isSlow, openDocument, type RequestFacts } from './expected-document.ts'
import { MIN_BYTES_PER_SECOND, openPace, type Pace } from './pace.ts'

/** More than a page with a thousand keys of the maximum length, with all characters escaped. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024
/** For a store that combines or copies data before it answers. */
const SLOW_MS = 15 * 60_000

interface Answered {
  readonly response: { readonly statusCode: number; body?: unknown }
}

interface HandlerOptions {
  readonly abortSignal?: AbortSignal
}

/** The part of the SDK's request handler that is used. */
export interface Handler {
  handle(request: RequestFacts, options?: HandlerOptions): Promise<Answered>
}

export interface AnswerLimits {
  /** For the beginning of the answer, and for answers that are not the data of an object. More data has more time. */
  readonly burstMs: number
  readonly mostBytes?: number
}

/**
 * The same handler, but answers fail if they exceed the memory limit (`TooLarge`), are not what was requested (`OtherAnswer`), or take too long
 * (`Timeout`), because the SDK reads them completely: lists, receipts, errors. The data of objects is passed on.
 */
export function boundAnswers<H extends Handler>(handler: H, { burstMs, mostBytes = MOST_ANSWER_BYTES }: AnswerLimits): H {
  const handle = handler.handle.bind(handler)
  handler.handle = async (request, options = {}) => {
    const late = new AbortController()
    const pace = openPace(isSlow(request) ? SLOW_MS : burstMs + sendingMs(request), () => late.abort())
    const abortSignal = options.abortSignal === undefined ? late.signal : AbortSignal.any([options.abortSignal, late.signal])
    pace.run()
    try {
      const answered = await handle(request, { ...options, abortSignal })
      const { response } = answered
      const isGood = response.statusCode < 300
      if (isStream(response.body) && !(isGood && isForObject(request)))
        response.body = bounded(response.body, {
          mostBytes,
          pace,
          late,
          ...(isGood && request.method !== 'HEAD' && { document: openDocument(request) }),
        })
      else pace.pause()
      return answered
    } catch (error) {
      pace.pause()
      throw late.signal.aborted ? tooSlow() : error
    }
  }
  return handler
}

/** The time to send the body at the minimum rate. */
function sendingMs({ headers = {} }: RequestFacts): number {
  return (Number(headers['content-length'] ?? 0) / MIN_BYTES_PER_SECOND) * 1000
}

function tooSlow(): S3Fault {
  return new S3Fault('Timeout', 'no answer in time')
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}

interface Bounds {
  readonly mostBytes: number
  readonly pace: Pace
  readonly late: AbortController
  readonly document?: ReturnType<typeof openDocument>
}

function bounded(body: Readable, { mostBytes, pace, late, document }: Bounds): Readable {
  let bytes = 0
  const gate = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length
      pace.credit(chunk.length)
      passing(done, () => {
        if (bytes > mostBytes) throw new S3Fault('TooLarge', `the answer is longer than ${mostBytes} bytes`)
        document?.add(chunk)
        return chunk
      })
    },
    flush: (done) => passing(done, () => document?.end()),
  })
  late.signal.addEventListener('abort', () => gate.destroy(tooSlow()))
  // The reader receives errors of both.
  return pipeline(body, gate, () => pace.pause())
}

function passing(done: (error?: Error | null, data?: unknown) => void, work: () => unknown): void {
  let data: unknown
  try {
    data = work()
  } catch (error) {
    done(error as Error)
    return
  }
  done(null, data)
}
