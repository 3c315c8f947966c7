import type { Readable } from 'node:stream'
import { type Key, StorageError } from '../../storage/storage.ts'
import { quoted } from '../../storage/system-errors.ts'

/** All bytes of a small object; rejects with `storage/broken` if there are more than `mostBytes`. */
export async function readSmallObject(body: Readable, { key, mostBytes }: { readonly key: Key; readonly mostBytes: number }): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Uint8Array).length
    // Leaving the loop destroys the stream.
    if (bytes > mostBytes) throw tooLong(key, mostBytes)
    chunks.push(Buffer.from(chunk as Uint8Array))
  }
  return Buffer.concat(chunks)
}

function tooLong(key: Key, mostBytes: number): StorageError {
  return new StorageError('broken', `${quoted(key)} is larger than ${mostBytes} bytes, the limit for such a file`, {
    hint: 'It may have been replaced: inspect it, and check which users can write to the storage.',
  })
}
