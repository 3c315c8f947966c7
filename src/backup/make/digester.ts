import { createHash } from 'node:crypto'
import { read } from 'node:fs'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { readShared } from '../../files/shared-files.ts'
import { DIGEST_WORKER } from '../../lib/assets.ts'
import { writtenBytes } from '../../process/pipeline/written-bytes.ts'
import { BackupError } from '../set/errors.ts'

export interface Digest {
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** A file that is digested while another process writes it. Ended by exactly one of `finish` and `drop`. */
export interface Following {
  /** Called after the writer has ended: digests the rest. The caller closes the descriptor after this resolves. */
  finish(): Promise<Digest>
  /** Gives up; nothing is read from the descriptor after this resolves. Never rejects. */
  drop(): Promise<void>
}

export interface Digester {
  follow(fd: number): Following
  close(): Promise<void>
}

export type DigestRequest =
  | { readonly kind: 'follow'; readonly id: number; readonly fd: number }
  | { readonly kind: 'finish' | 'drop'; readonly id: number }
export type DigestReply =
  | { readonly kind: 'finished'; readonly id: number; readonly bytes: number; readonly sha256: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'dropped'; readonly id: number }

// Read when this module is loaded, so that an upgrade during a run does not start the worker of another version, or none. It imports no values.
const WORKER = readShared(DIGEST_WORKER.file).toString('utf8')

// Smaller files are digested at their end, in this thread, which is faster than starting another one.
const THREAD_BYTES = 4 * 1024 * 1024
const LOOK_MS = 50

/** Digests growing files in one worker thread, which is started when the first file is large enough. */
export function openDigester(): Digester {
  let thread: Thread | undefined
  return {
    follow(fd) {
      let followed: Following | undefined
      const timer = setInterval(() => {
        if (writtenBytes(fd) < THREAD_BYTES) return
        clearInterval(timer)
        thread ??= startThread()
        followed = thread.follow(fd)
      }, LOOK_MS)
      return {
        finish: async () => {
          clearInterval(timer)
          return followed ? await followed.finish() : digestNow(fd)
        },
        drop: async () => {
          clearInterval(timer)
          await followed?.drop()
        },
      }
    },
    close: async () => {
      await thread?.close()
    },
  }
}

const readSome = promisify(read)

// Kept for the next file.
let spare: Buffer | undefined

async function digestNow(fd: number): Promise<Digest> {
  const hash = createHash('sha256')
  const chunk = spare ?? Buffer.allocUnsafeSlow(256 * 1024)
  spare = undefined
  try {
    let bytes = 0
    for (;;) {
      const { bytesRead } = await readSome(fd, chunk, 0, chunk.length, bytes)
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
      hash.update(chunk.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    spare = chunk
  }
}

interface Thread {
  follow(fd: number): Following
  close(): Promise<void>
}

function startThread(): Thread {
  const worker = new Worker(WORKER, { eval: true, execArgv: [`--input-type=${DIGEST_WORKER.inputType}`] })
  const waiting = new Map<number, (reply: DigestReply) => void>()
  const early = new Map<number, DigestReply>()
  let count = 0
  let broken: Error | undefined
  worker.on('message', (reply: DigestReply) => {
    const wake = waiting.get(reply.id)
    if (wake) wake(reply)
    else early.set(reply.id, reply)
  })
  worker.on('error', (error) => {
    broken = error instanceof Error ? error : new Error(String(error))
    for (const [id, wake] of waiting) wake({ kind: 'failed', id, message: broken.message })
  })
  const ask = (request: DigestRequest) =>
    new Promise<DigestReply>((resolve) => {
      const known = early.get(request.id)
      if (known) return resolve(known)
      if (broken) return resolve({ kind: 'failed', id: request.id, message: broken.message })
      waiting.set(request.id, resolve)
      worker.postMessage(request)
    })
  return {
    follow(fd) {
      const id = count++
      worker.postMessage({ kind: 'follow', id, fd } satisfies DigestRequest)
      return {
        finish: async () => {
          const reply = await ask({ kind: 'finish', id })
          if (reply.kind === 'finished') return { bytes: reply.bytes, sha256: reply.sha256 }
          throw new BackupError('damaged', `could not read back the written data: ${reply.kind === 'failed' ? reply.message : 'dropped'}`)
        },
        drop: async () => {
          await ask({ kind: 'drop', id })
        },
      }
    },
    close: async () => {
      await worker.terminate()
    },
  }
}
