import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { messageOf } from '../../lib/errors.ts'
import { lentChunks } from '../../storage/lent-chunks.ts'
import { StorageError } from '../../storage/storage.ts'

/** The result of reading a stored file to its end. */
export type DigestResult =
  | { readonly kind: 'read'; readonly bytes: number; readonly sha256: string }
  | { readonly kind: 'unreadable'; readonly reason: string }

export interface DigestOptions {
  /** A storage could send endless data. */
  readonly mostBytes: number
  readonly onBytes?: (bytes: number) => void
}

/** Opens and reads to the end; calls `onBytes` during reading. Rejects only on an abort, or when the whole storage is unreachable. */
export async function digestFile(open: () => Promise<Readable>, signal: AbortSignal, { mostBytes, onBytes }: DigestOptions): Promise<DigestResult> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of lentChunks(await open())) {
      hash.update(chunk)
      bytes += chunk.length
      // Leaving the loop destroys the stream.
      if (bytes > mostBytes) return { kind: 'unreadable', reason: `has more than ${mostBytes} bytes` }
      onBytes?.(chunk.length)
    }
    return { kind: 'read', bytes, sha256: hash.digest('hex') }
  } catch (error) {
    if (signal.aborted) throw new StorageError('aborted', 'stopped before the check was complete', { cause: signal.reason })
    if (error instanceof StorageError && error.code === 'storage/unreachable') throw error
    return { kind: 'unreadable', reason: `could not be read: ${messageOf(error)}` }
  }
}
