import { pipeline, type Readable, Transform } from 'node:stream'
import { S3Fault } from '../s3-fault.ts'

/** More than a page with a thousand keys of the maximum length, with all characters escaped. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024

interface Asked {
  readonly method: string
  readonly query?: Readonly<Record<string, unknown>>
}

interface Answered {
  readonly response: { readonly statusCode: number; body?: unknown }
}

/** The part of the SDK's request handler that is used. */
export interface Handler {
  handle(request: Asked, options?: unknown): Promise<Answered>
}

/**
 * The same handler, but answers fail with the fault `TooLarge` if they exceed the memory limit, because the SDK reads them completely: lists,
 * receipts, errors. The data of objects is passed on.
 */
export function boundAnswers<H extends Handler>(handler: H, mostBytes = MOST_ANSWER_BYTES): H {
  const handle = handler.handle.bind(handler)
  handler.handle = async (request, options) => {
    const answered = await handle(request, options)
    const { response } = answered
    if (!isObject(request, response.statusCode) && isStream(response.body)) response.body = bounded(response.body, mostBytes)
    return answered
  }
  return handler
}

/** A request about the bucket has its name in the query. */
function isObject({ method, query = {} }: Asked, status: number): boolean {
  return method === 'GET' && status < 300 && !['list-type', 'uploads', 'location'].some((name) => Object.hasOwn(query, name))
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}

function bounded(body: Readable, mostBytes: number): Readable {
  let bytes = 0
  const gate = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length
      if (bytes > mostBytes) done(new S3Fault('TooLarge', `the answer is longer than ${mostBytes} bytes`))
      else done(null, chunk)
    },
  })
  // The reader receives errors of both.
  return pipeline(body, gate, () => undefined)
}
