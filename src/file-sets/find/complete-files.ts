import type { FileHandle } from 'node:fs/promises'
import { statIn } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import { openFileBelow, withEntryBelow } from '../archive-folder.ts'

const NEWLINE = 0x0a
// The SHA-1 of empty data: stored beside failed dumps by the ancestor.
const EMPTY_SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'

export interface MadeArchive {
  /** Paths relative to the folder. */
  readonly archive: string
  readonly list: string | undefined
  readonly level: number
}

/** Whether an archive and its list appear complete. Reads only some bytes of each. */
export async function isCompleteArchive(folder: Folder, { archive, list, level }: MadeArchive): Promise<boolean> {
  return (await hasEnd(folder, archive)) && (list === undefined || (await isWholeList(folder, list, level)))
}

/** Whether a dump exists and appears complete: not empty, or, for a folder, with its table of contents. */
export async function isCompleteDump(folder: Folder, dump: string, digest: string | undefined): Promise<boolean> {
  const found = await withEntryBelow(folder, dump, statIn).catch(() => undefined)
  const toc = found?.isDirectory() ? await withEntryBelow(folder, `${dump}/toc.dat`, statIn).catch(() => undefined) : found
  if (toc?.isFile() !== true || toc.size === 0) return false
  return digest === undefined || !(await isOfNothing(folder, digest))
}

function isOfNothing(folder: Folder, digest: string): Promise<boolean> {
  return checkFile(
    folder,
    digest,
    async (file, size) => size === EMPTY_SHA1.length && (await bytesAt(file, 0, size)).toString('latin1') === EMPTY_SHA1,
  )
}

/** The end mark of formats that have one; otherwise a nonzero size. */
function hasEnd(folder: Folder, archive: string): Promise<boolean> {
  return checkFile(folder, archive, async (file, size) => {
    if (size < 22) return true
    const start = await bytesAt(file, 0, 6)
    const end = await bytesAt(file, size - 22, 22)
    // ZIP (APPNOTE.TXT 4.3.16) and .xz (file format 2.1.2.4): both have an end record.
    if (start.readUInt16BE(0) === 0x504b) return end.readUInt32LE(0) === 0x06054b50
    if (start.toString('latin1', 0, 6) === '\xfd7zXZ\0') return end.toString('latin1', end.length - 2) === 'YZ'
    return true
  })
}

/** The list of a level 0 contains more than the name of its archive, and its last line is complete. */
function isWholeList(folder: Folder, list: string, level: number): Promise<boolean> {
  return checkFile(folder, list, async (file, size) => {
    const head = await bytesAt(file, 0, Math.min(size, 16_384))
    const hasEntry = head.indexOf(NEWLINE) >= 0 && head.indexOf(NEWLINE) < size - 1
    return (hasEntry || level > 0) && (await bytesAt(file, size - 1, 1))[0] === NEWLINE
  })
}

async function checkFile(folder: Folder, path: string, check: (file: FileHandle, size: number) => Promise<boolean>): Promise<boolean> {
  const file = await openFileBelow(folder, path).catch(() => undefined)
  if (file === undefined) return false
  try {
    const { size } = await file.stat()
    return size > 0 && (await check(file, size))
  } finally {
    await file.close()
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  await file.read(bytes, 0, length, position)
  return bytes
}
