import { createHash, type Hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { DigestReply, DigestRequest } from './digester.ts'

// Run from its text, which is read at the start of the program: it can import nothing of ours but types.
// Reads files back from the page cache while they grow, behind their writers, so that the digest costs no second pass over the disk.
// Descriptors belong to the whole process; the main thread closes one only after the reply.

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

/** One chunk of one file; true when there was something to do. */
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
