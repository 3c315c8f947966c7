import { constants, writeSync } from 'node:fs'
import { createFileIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, reopenSync, withFolder } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { ProcessError } from '../process-result.ts'
import { shortageOf } from '../resource-shortage.ts'
import { memoryFolders } from './fifo-folders.ts'

/**
 * An open unnamed file in memory, positioned at the beginning of the text: it is accessible only through the descriptors of this process and the
 * child, and nothing of it remains after a kill. The caller closes it. `uid`: the user who opens it again by its /dev/fd name.
 */
export async function openUnnamedFile(text: string, { runId, uid }: { readonly runId: string; readonly uid?: number | undefined }): Promise<number> {
  for (const path of memoryFolders()) {
    const name = `.holdfast-${runId}-${Math.random().toString(36).slice(2)}`
    try {
      return await withFolder(openFolder(`${path}/.`), (folder) => writeUnnamed(folder, { name, text, uid }))
    } catch (error) {
      const shortage = shortageOf(systemCode(error))
      if (shortage) throw new ProcessError('not-started', `could not create a file for a secret: ${shortage.what}`, { hint: shortage.hint })
    }
  }
  throw new ProcessError('not-started', 'could not create a file for a secret: no folder in memory is writable', {
    hint: 'Make /dev/shm or /run writable.',
  })
}

interface Unnamed {
  readonly name: string
  readonly text: string
  readonly uid: number | undefined
}

async function writeUnnamed(folder: Folder, { name, text, uid }: Unnamed): Promise<number> {
  const file = await createFileIn(folder, name)
  try {
    await unlinkIn(folder, name)
    await file.chmod(0o600)
    if (uid !== undefined) await file.chown(uid, 0)
    const fd = reopenSync(file.fd, constants.O_RDWR)
    writeWhole(fd, Buffer.from(text))
    return fd
  } finally {
    await file.close()
  }
}

// With explicit positions, so that a reader of the descriptor itself starts at the beginning.
function writeWhole(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done)
}
