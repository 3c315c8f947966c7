import { closeSync, constants, fstat, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { formatBytes, printable } from '../lib/format.ts'
import { type EntryName, FilesError, type Folder, pathIn, shownIn } from './folder.ts'

/** The default size limit of small text files. */
const SMALL_BYTES = 16 * 1024 * 1024

export interface ReadLimits {
  readonly maxBytes?: number
}

const statFd = promisify(fstat)
// Opening never waits for a writer, and never makes a terminal the controlling one.
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Reads a whole regular file by its path; links are followed. Rejects with `files/not-regular` for a FIFO, device, socket or folder, with
 * `files/too-large` beyond the limit, without reading more than that, and with other errors of the system. For paths that no other user can change:
 * those of the configuration.
 */
export async function readSmall(path: string, limits: ReadLimits = {}): Promise<Buffer> {
  return readAndClose(await open(path, READ_FLAGS), path, limits)
}

/** The same for a file in a folder; a link is not followed (`ELOOP`). */
export async function readSmallIn(folder: Folder, name: EntryName, limits: ReadLimits = {}): Promise<Buffer> {
  return readAndClose(await open(pathIn(folder, name), READ_FLAGS | constants.O_NOFOLLOW), shownIn(folder, name), limits)
}

export function readSmallSync(path: string, limits: ReadLimits = {}): Buffer {
  return readAndCloseSync(openSync(path, READ_FLAGS), path, limits)
}

export function readSmallInSync(folder: Folder, name: EntryName, limits: ReadLimits = {}): Buffer {
  return readAndCloseSync(openSync(pathIn(folder, name), READ_FLAGS | constants.O_NOFOLLOW), shownIn(folder, name), limits)
}

/** The first bytes of a file by its path; links are followed. Throws errors of the system. */
export function readHeadSync(path: string, bytes: number): Buffer {
  const fd = openSync(path, READ_FLAGS)
  try {
    const head = Buffer.alloc(bytes)
    return head.subarray(0, readSync(fd, head))
  } finally {
    closeSync(fd)
  }
}

/** Reads the contents of an open file from its beginning, with the same limits. The handle stays open. */
export async function readSmallHandle(handle: FileHandle, path: string, { maxBytes = SMALL_BYTES }: ReadLimits = {}): Promise<Buffer> {
  refuseIrregular((await statFd(handle.fd)).isFile(), path)
  const chunks: Buffer[] = []
  let bytes = 0
  // The size is not used: a file may grow, and those of /proc have none.
  for (;;) {
    const chunk = Buffer.allocUnsafe(64 * 1024)
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, bytes)
    if (bytesRead === 0) return Buffer.concat(chunks)
    bytes += bytesRead
    refuseLarge(bytes, maxBytes, path)
    chunks.push(chunk.subarray(0, bytesRead))
  }
}

async function readAndClose(handle: FileHandle, path: string, limits: ReadLimits): Promise<Buffer> {
  try {
    return await readSmallHandle(handle, path, limits)
  } finally {
    await handle.close()
  }
}

function readAndCloseSync(fd: number, path: string, { maxBytes = SMALL_BYTES }: ReadLimits): Buffer {
  try {
    refuseIrregular(fstatSync(fd).isFile(), path)
    const chunks: Buffer[] = []
    for (let bytes = 0; ; ) {
      const chunk = Buffer.allocUnsafe(64 * 1024)
      const bytesRead = readSync(fd, chunk, 0, chunk.length, bytes)
      if (bytesRead === 0) return Buffer.concat(chunks)
      bytes += bytesRead
      refuseLarge(bytes, maxBytes, path)
      chunks.push(chunk.subarray(0, bytesRead))
    }
  } finally {
    closeSync(fd)
  }
}

function refuseIrregular(isFile: boolean, path: string): void {
  if (!isFile) throw notRegular(path)
}

export function notRegular(path: string): FilesError {
  return new FilesError('not-regular', `"${printable(path)}" is not a regular file`, {
    hint: 'Replace it by a regular file; FIFOs, devices and folders are not read.',
  })
}

function refuseLarge(bytes: number, maxBytes: number, path: string): void {
  if (bytes > maxBytes) throw new FilesError('too-large', `"${printable(path)}" is larger than ${formatBytes(maxBytes)}, the limit for such a file`)
}
