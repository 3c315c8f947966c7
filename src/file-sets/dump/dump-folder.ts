import { createHash } from 'node:crypto'
import { entriesOf, openRegularIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import type { Folder } from '../../files/folder.ts'
import { sha1Of } from '../byte-file.ts'

/** Flushes a folder of files to the device, and adds up their sizes. */
export async function flushFiles(folder: Folder): Promise<number> {
  let bytes = 0
  for (const { name } of await entriesOf(folder)) {
    const file = await openRegularIn(folder, name)
    if (file === undefined) continue
    try {
      await file.sync()
      bytes += (await file.stat()).size
    } finally {
      await file.close()
    }
  }
  await flushFd(folder.fd)
  return bytes
}

/** One SHA-1 for all files of a folder: that of the output of `sha1sum *` in the C locale. */
export async function sha1Folder(folder: Folder, signal: AbortSignal): Promise<string> {
  const names = (await entriesOf(folder)).map(({ name }) => name).toSorted((a, b) => a.compare(b))
  const hash = createHash('sha1')
  for (const name of names) {
    const file = await openRegularIn(folder, name)
    if (file === undefined) continue
    try {
      hash
        .update(`${await sha1Of(file, signal)}  `)
        .update(name)
        .update('\n')
    } finally {
      await file.close()
    }
  }
  return hash.digest('hex')
}

// The files of a dump in the format `directory`: pg_backup_directory.c of PostgreSQL.
const OF_PG_DUMP = /^(?:toc\.dat|\d+\.dat|blobs(?:_\d+)?\.toc|blob_\d+\.dat)(?:\.(?:gz|lz4|zst))?$/u

/** Whether an open folder contains only files with the names that pg_dump uses, as does the rest of a dump whose removal was interrupted. */
export async function isDumpFolder(folder: Folder): Promise<boolean> {
  return (await entriesOf(folder)).every((entry) => entry.isFile() && OF_PG_DUMP.test(entry.name.toString()))
}
