import { write } from 'node:fs'
import { promisify } from 'node:util'
import { storageErrorOf } from '../../storage/system-errors.ts'

const writeOnce = promisify(write)

/** Writes all bytes at the current position of the descriptor. Rejects with a `StorageError` that names the path; some bytes may be written then. */
export async function writeAll(fd: number, bytes: Uint8Array, path: string): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) done += (await writeOnce(fd, bytes, done)).bytesWritten
  } catch (error) {
    throw storageErrorOf(error, 'write', path)
  }
}
