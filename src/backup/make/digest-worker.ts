import { createHash, type Hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { DigestReply, DigestRequest } from './digester.ts'

// Started from its text, which is read when the program starts: it can import types only. Reads files back from the page cache while they grow, so
// that digesting them does not read the disk again. Descriptors are shared by all threads; the main thread closes one only after the reply.

const CHUNK_BYTES = 1024 * 1024
const IDLE_MS = 5

interface Followed {
  readonly fd: number
  readonly hash: Hash
  bytes: number
  finishing: boolean
}

const followed = new Map<number, Followed>()
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
let turn: NodeJS.Timeout | NodeJS.Immediate | undefined

parentPort?.on('message', (request: DigestRequest) => {
  if (request.kind === 'follow') followed.set(request.id, { fd: request.fd, hash: createHash('sha256'), bytes: 0, finishing: false })
  const file = followed.get(request.id)
  if (request.kind === 'finish' && file) file.finishing = true
  if (request.kind === 'drop') {
    followed.delete(request.id)
    reply({ id: request.id, kind: 'dropped' })
  }
  if (turn) clearTimeout(turn as NodeJS.Timeout)
  takeTurn()
})

function takeTurn(): void {
  let moved = false
  for (const [id, file] of followed) moved = advance(id, file) || moved
  if (followed.size === 0) turn = undefined
  else turn = moved ? setImmediate(takeTurn) : setTimeout(takeTurn, IDLE_MS)
}

/** Reads one chunk of one file; true if there was data. */
function advance(id: number, file: Followed): boolean {
  try {
    const read = readSync(file.fd, chunk, 0, CHUNK_BYTES, file.bytes)
    if (read > 0) {
      file.hash.update(chunk.subarray(0, read))
      file.bytes += read
      return true
    }
  } catch (error) {
    followed.delete(id)
    reply({ id, kind: 'failed', message: error instanceof Error ? error.message : String(error) })
    return true
  }
  if (!file.finishing) return false
  followed.delete(id)
  reply({ id, kind: 'finished', bytes: file.bytes, sha256: file.hash.digest('hex') })
  return true
}

function reply(message: DigestReply): void {
  parentPort?.postMessage(message)
}
