import { createHash } from 'node:crypto'
import { write } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { createFileIn, type Entry } from '../files/entries.ts'

const writeSome = promisify(write)

// So much is gathered before it is written.
const BLOCK_BYTES = 1024 * 1024

/** A file of our own that grows by small pieces. */
export interface ByteFile {
  readonly entry: Entry
  /** Keeps a copy; nothing is written yet. Not to be called while `drain` or `finish` is on. */
  add(piece: Uint8Array | string): void
  /** Writes what has been gathered, once that is worth a call. To be awaited from time to time: it is what bounds the memory. */
  drain(): Promise<void>
  /** Writes what is left, flushes it to the device unless it is only for us, closes. */
  finish(options?: { readonly forUs?: boolean }): Promise<void>
  close(): Promise<void>
}

/** Makes a new file that only its owner can read. Rejects where the name is taken. */
export async function createByteFile(entry: Entry): Promise<ByteFile> {
  const handle = await createFileIn(entry.folder, entry.name)
  let block = Buffer.allocUnsafe(2 * BLOCK_BYTES)
  let used = 0
  const writeOut = async () => {
    const full = block.subarray(0, used)
    used = 0
    await writeAll(handle, full)
  }
  return {
    entry,
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
    drain: () => (used >= BLOCK_BYTES ? writeOut() : Promise.resolve()),
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

/** The SHA-1 of an open file, 40 hexadecimal digits. It finds damage; it is no protection against anybody. The file stays open. */
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
