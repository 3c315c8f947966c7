import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

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
