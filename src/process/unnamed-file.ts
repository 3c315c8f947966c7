import { chownSync, fchmodSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { memoryFolders } from './pipes.ts'
import { ProcessError } from './result.ts'

/**
 * An open file in memory without a name, positioned at the beginning of the text: nobody can come to it but through our descriptors and the child's, and
 * nothing of it stays behind, whatever kills us. The caller closes it. `uid`: the user that opens it anew by its /dev/fd name.
 */
export function openUnnamedFile(text: string, { runId, uid }: { readonly runId: string; readonly uid?: number | undefined }): number {
  for (const folder of memoryFolders()) {
    const path = join(folder, `.holdfast-${runId}-${Math.random().toString(36).slice(2)}`)
    let fd: number
    try {
      fd = openSync(path, 'wx+', 0o600)
    } catch {
      continue
    }
    try {
      fchmodSync(fd, 0o600)
      if (uid !== undefined) chownSync(path, uid, 0)
    } finally {
      unlinkSync(path)
    }
    writeWhole(fd, Buffer.from(text))
    return fd
  }
  throw new ProcessError('not-started', 'no folder in memory is writable for a secret', { hint: 'Let /dev/shm or /run be writable.' })
}

// At positions of its own: who reads the descriptor itself begins at the beginning.
function writeWhole(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done)
}
