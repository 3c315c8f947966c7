import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GetAnswer, S3Calls } from '../s3-calls.ts'
import { faultOf, S3Fault } from '../s3-fault.ts'
import { decideRetry, type RetryPolicy, retrying } from '../with-retries.ts'
import { confirmRead } from './integrity.ts'
import { openPace } from './pace.ts'

export interface Reading {
  readonly calls: S3Calls
  readonly policy: RetryPolicy
  readonly signal: AbortSignal
  /** How long data may be received more slowly than at the minimum rate. */
  readonly idleMs: number
  /** Converts a failure of the stream. */
  readonly nameError: (thrown: unknown) => Error
}

// Objects up to this size are read and compared before any data is passed on: manifests and similar.
const CHECKED_BYTES = 8 * 1024 * 1024

// Less than this between two interruptions is no progress: requests to a store that sends single bytes must not be repeated forever.
const PROGRESS_BYTES = 64 * 1024

/**
 * Opens an object for reading. An interrupted connection is resumed as long as the object is unchanged; the stream ends only after the original
 * number of bytes. A small object is compared with its ETag or CRC32.
 */
export async function openObject(key: string, reading: Reading): Promise<Readable> {
  const { calls, signal, policy, idleMs } = reading
  const first = await calls.get({ key }, signal)
  if (first.bytes > CHECKED_BYTES) return Readable.from(resumed(key, first, reading), { objectMode: false })
  // The open stream is used first; only a failed read causes a new request.
  let opened: GetAnswer | undefined = first
  const readOnce = async () => {
    const answer = opened ?? (await calls.get({ key }, signal))
    opened = undefined
    const bytes = await readAll(answer, idleMs)
    confirmRead(bytes, answer)
    return bytes
  }
  return Readable.from([await retrying(readOnce, policy, signal)].filter(isNotEmpty), { objectMode: false })
}

function isNotEmpty(bytes: Buffer): boolean {
  return bytes.length > 0
}

async function readAll(answer: GetAnswer, idleMs: number): Promise<Buffer> {
  const { bytes } = answer
  const chunks: Buffer[] = []
  const source = chunksOf(answer, idleMs)
  let got = 0
  for (let chunk = await source(); chunk !== undefined; chunk = await source()) {
    got += chunk.length
    // A store that sends endless data must not fill the memory.
    if (got > bytes) {
      answer.body.destroy()
      throw new S3Fault('TooLarge', `received more than the announced ${bytes} bytes`)
    }
    chunks.push(chunk)
  }
  if (got !== bytes) throw tooShort(got, bytes)
  return Buffer.concat(chunks)
}

async function* resumed(key: string, first: GetAnswer, reading: Reading): AsyncGenerator<Buffer> {
  const source = openSource(key, first, reading)
  try {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) yield chunk
  } finally {
    // Also if the reader stops early.
    source.close()
  }
}

/** The data of an object, from consecutive connections. */
function openSource(key: string, first: GetAnswer, { calls, signal, policy, idleMs, nameError }: Reading) {
  let answer = first
  let next = chunksOf(answer, idleMs)
  let at = 0
  // Attempts without progress; with progress, a connection may be interrupted any number of times.
  let attempts = 0
  let progress = 0
  const reopen = async (thrown: unknown) => {
    answer.body.destroy()
    attempts = progress < PROGRESS_BYTES ? attempts + 1 : 1
    progress = 0
    const fault = faultOf(thrown, signal.aborted)
    const delayMs = signal.aborted ? undefined : decideRetry(fault, attempts, policy)
    if (delayMs === undefined) throw fault
    await sleep(delayMs, undefined, { signal })
    answer = await calls.get({ key, from: at, ifMatch: first.etag }, signal)
    // Some servers ignore the range and send everything.
    if (answer.bytes !== first.bytes - at)
      throw new S3Fault('OtherRange', `received ${answer.bytes} bytes, expected the last ${first.bytes - at} of ${first.bytes}`)
    next = chunksOf(answer, idleMs)
  }
  const read = async (): Promise<Buffer | undefined> => {
    const chunk = await next()
    if (chunk !== undefined) return chunk
    if (at !== first.bytes) throw tooShort(at, first.bytes)
    return undefined
  }
  return {
    async next(): Promise<Buffer | undefined> {
      for (;;) {
        try {
          const chunk = await read()
          at += chunk?.length ?? 0
          progress += chunk?.length ?? 0
          return chunk
        } catch (thrown) {
          await reopen(thrown).catch((error: unknown) => {
            throw nameError(error)
          })
        }
      }
    },
    close: () => {
      answer.body.destroy()
    },
  }
}

/** The next chunk of an answer; undefined at its end. Rejects with the fault `Timeout` if the store sends too slowly. */
function chunksOf({ body }: GetAnswer, idleMs: number): () => Promise<Buffer | undefined> {
  const chunks: AsyncIterator<Buffer, undefined> = body[Symbol.asyncIterator]()
  const pace = openPace(idleMs, () => body.destroy(new S3Fault('Timeout', 'no answer in time')))
  return async () => {
    pace.run()
    try {
      const { value, done } = await chunks.next()
      if (done === true) return undefined
      pace.credit(value.length)
      return value
    } finally {
      pace.pause()
    }
  }
}

function tooShort(got: number, wanted: number): S3Fault {
  return new S3Fault('IncompleteBody', `the connection ended after ${got} of ${wanted} bytes`)
}
