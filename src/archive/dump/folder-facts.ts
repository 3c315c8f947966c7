import { createHash } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { flushFolder } from '../flush.ts'
import { sha1File } from '../sha1-file.ts'

/** Flushes a folder of files to the device, and adds up their sizes. */
export async function flushFiles(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!(await stat(path)).isFile()) continue
    const file = await open(path, 'r')
    try {
      await file.sync()
      bytes += (await file.stat()).size
    } finally {
      await file.close()
    }
  }
  await flushFolder(folder)
  return bytes
}

/** One SHA-1 for all files of a folder: that of what `sha1sum *` prints in the C locale. */
export async function sha1Folder(folder: string, signal: AbortSignal): Promise<string> {
  const names = (await readdir(folder, 'latin1')).toSorted()
  const hash = createHash('sha1')
  for (const name of names) hash.update(`${await sha1File(join(folder, name), signal)}  ${name}\n`, 'latin1')
  return hash.digest('hex')
}
