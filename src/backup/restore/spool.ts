import { statfs } from 'node:fs/promises'
import { createFileIn, unlinkIn } from '../../files/entries.ts'
import { makePrivateFolder } from '../../files/private-folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { formatBytes } from '../../lib/format.ts'
import { BackupError } from '../set/errors.ts'

/** A copy of a stored object in an unnamed file: no other process can change it, and nothing of it remains, even after a kill. */
export interface Spool {
  /** Passes the bytes on, and keeps them. */
  keep(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** The bytes that were kept. */
  read(): AsyncGenerator<Uint8Array>
  close(): Promise<void>
}

const BLOCK_BYTES = 256 * 1024

/** Creates it in `folder`. Rejects with `backup/no-room`, with both sizes, if the file system does not have `bytes` of free space. */
export async function openSpool(folder: string, bytes: number): Promise<Spool> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes) throw noRoom(folder, bytes, `it has ${formatBytes(bavail * bsize)} of free space`)
  const place = makePrivateFolder(folder, 'holdfast-spool-')
  const file = await createFileIn(place.folder, 'object').catch(async (error: unknown) => {
    await place.remove()
    throw error
  })
  await unlinkIn(place.folder, 'object')
  await place.remove()
  let size = 0
  return {
    async *keep(chunks) {
      for await (const chunk of chunks) {
        for (let done = 0; done < chunk.length; ) {
          const { bytesWritten } = await file.write(chunk, done, chunk.length - done, size + done).catch((error: unknown) => {
            throw systemCode(error) === 'ENOSPC' ? noRoom(folder, bytes, 'it is full') : error
          })
          done += bytesWritten
        }
        size += chunk.length
        yield chunk
      }
    },
    async *read() {
      for (let at = 0; at < size; ) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(BLOCK_BYTES), 0, Math.min(BLOCK_BYTES, size - at), at)
        if (bytesRead === 0) throw new Error('the copy of the object is incomplete')
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    },
    close: () => file.close(),
  }
}

function noRoom(folder: string, bytes: number, why: string): BackupError {
  return new BackupError('no-room', `not enough space in "${folder}" for a copy of the object (${formatBytes(bytes)}): ${why}`, {
    hint: 'Set TMPDIR to a folder with more free space.',
  })
}
