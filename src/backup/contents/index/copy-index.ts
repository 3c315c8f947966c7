import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createFileIn, renameEntry, unlinkIn } from '../../../files/entries.ts'
import { closeFolder, type Folder } from '../../../files/folder.ts'
import { INDEX_LIMITS } from './index-header.ts'
import { IndexError } from './read-index.ts'
import { draftName } from './write-index.ts'

/**
 * Copies an index from beside a set into a folder of this host, whatever it contains: it is not trusted there either. False if nothing can be written
 * there; the stream is destroyed. Rejects if it cannot be read, or is too large.
 */
export async function copyIndex(body: Readable, to: { readonly folder: () => Folder; readonly name: string }): Promise<boolean> {
  let folder: Folder
  try {
    folder = to.folder()
  } catch {
    body.destroy()
    return false
  }
  const draft = draftName()
  try {
    const file = await createFileIn(folder, draft).catch(() => undefined)
    if (file === undefined || !(await fill(file, body).finally(() => file.close().catch(() => undefined)))) return false
    return await isDone(renameEntry({ folder, name: draft }, { folder, name: to.name }))
  } finally {
    body.destroy()
    await unlinkIn(folder, draft).catch(() => undefined)
    await closeFolder(folder)
  }
}

async function fill(file: FileHandle, body: Readable): Promise<boolean> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > INDEX_LIMITS.fileBytes) throw new IndexError('too-large', `the index is larger than ${INDEX_LIMITS.fileBytes} bytes`)
    if (!(await isDone(file.writeFile(chunk as Buffer)))) return false
  }
  return true
}

function isDone(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
