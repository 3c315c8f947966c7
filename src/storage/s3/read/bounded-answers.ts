import { pipeline, type Readable, Transform } from 'node:stream'
import { S3Fault } from '../s3-fault.ts'

/** More than a page of a thousand of the longest keys has, each character of them written out. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024

interface Asked {
  readonly method: string
  readonly query?: Readonly<Record<string, unknown>>
}

interface Answered {
  readonly response: { readonly statusCode: number; body?: unknown }
}

/** What sends requests for the SDK, as far as we look into it. */
export interface Handler {
  handle(request: Asked, options?: unknown): Promise<Answered>
}

/**
 * The same handler, whose answers break with the fault `TooLarge` when they are longer than the SDK, which reads them whole, is to keep in memory: lists,
 * receipts, refusals. The bytes of an object go on as they come.
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

/** A question about the bucket has its name in the query. */
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
  // The reader gets an error of either.
  return pipeline(body, gate, () => undefined)
}
