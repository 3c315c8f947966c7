import { createHash } from 'node:crypto'
import { write } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { createFileIn, type Entry } from '../files/entries.ts'

const writeSome = promisify(write)

const BLOCK_BYTES = 1024 * 1024

/** A file that is written in small pieces. */
export interface ByteFile {
  readonly entry: Entry
  /** The number of bytes in the file, without the buffer. */
  readonly written: number
  /** Copies the bytes to the buffer without writing. Must not be called while `drain` or `finish` is running. */
  add(piece: Uint8Array | string): void
  /** Writes the buffer if it is large enough. Must be awaited regularly, to limit the memory. */
  drain(): Promise<void>
  /** Writes the rest, flushes it to the device unless it is a temporary file, and closes it. */
  finish(options?: { readonly forUs?: boolean }): Promise<void>
  close(): Promise<void>
}

/** Creates a new file that only its owner can read. Rejects if the name exists. `blockBytes`: the amount gathered before it is written. */
export async function createByteFile(entry: Entry, blockBytes = BLOCK_BYTES): Promise<ByteFile> {
  const handle = await createFileIn(entry.folder, entry.name)
  let block = Buffer.allocUnsafe(2 * blockBytes)
  let used = 0
  let written = 0
  const writeOut = async () => {
    const full = block.subarray(0, used)
    used = 0
    await writeAll(handle, full)
    written += full.length
  }
  return {
    entry,
    get written() {
      return written
    },
    add(piece) {
      const bytes = typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
      if (used + bytes > block.length) {
        const larger = Buffer.allocUnsafe(2 * (used + bytes))
        block.copy(larger, 0, 0, used)
        block = larger
      }
      if (typeof piece === 'string') block.write(piece, used)
      else block.set(piece, used)
      used += bytes
    },
    drain: () => (used >= blockBytes ? writeOut() : Promise.resolve()),
    async finish({ forUs = false } = {}) {
      await writeOut()
      if (!forUs) await handle.sync()
      await handle.close()
    },
    close: () => handle.close(),
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await writeSome(handle.fd, bytes, at, bytes.length - at, null)).bytesWritten
}

/** The SHA-1 of an open file, 40 hexadecimal digits. It detects damage, not manipulation. The file stays open. */
export async function sha1Of(file: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha1')
  const chunk = Buffer.allocUnsafe(1024 * 1024)
  for (let at = 0; ; ) {
    signal.throwIfAborted()
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(chunk.subarray(0, bytesRead))
    at += bytesRead
  }
}
