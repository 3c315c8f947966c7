import { constants, ftruncateSync, write } from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { type Entry, openFileIn } from '../../files/entries.ts'
import { type ByteFile, createByteFile } from '../byte-file.ts'
import { ArchiveError } from '../errors.ts'
import { inWords } from '../system-calls.ts'
import { centralHeader, endRecords, localHeader, type ZipMember } from './zip-records.ts'

const writeSome = promisify(write)

// From this size on, the header of a member has space for sizes above 32 bits. There is a margin for files that grow while they are read.
const LARGE_BYTES = 0xf000_0000

/** The properties of a member that are known before its contents. */
export interface ZipEntry {
  readonly name: Buffer
  readonly mode: number
  readonly mtime: Date
  readonly method: number
  readonly expectedBytes: number
}

/** The contents of a member: unpacked for the digest, and packed. */
export interface ZipBody {
  /** Each piece is included in the checksum and the size. */
  count(piece: Uint8Array): void
  /** Each piece is written unchanged. */
  write(piece: Uint8Array): Promise<void>
}

export interface ZipWriter {
  /**
   * Adds a member. If `fill` rejects, the member is not added, and the next one is written in its place. A write error, also in `fill`, rejects with
   * an `ArchiveError`: no source file is the cause.
   */
  add(entry: ZipEntry, fill: (body: ZipBody) => Promise<void>): Promise<void>
  /** Writes the end of the file. */
  finish(): Promise<void>
  close(): Promise<void>
}

/**
 * Writes a ZIP file of any size to an empty file, in constant memory. The central directory is collected in a separate file. Sizes are written to the
 * headers afterwards, so that a file that shrinks or grows in the meantime is stored with the length that was read.
 */
export async function zipWriter(fd: number, directoryEntry: Entry): Promise<ZipWriter> {
  const directory: ByteFile = await createByteFile(directoryEntry)
  let at = 0
  let count = 0
  const writeAt = (bytes: Uint8Array, position: number) =>
    writing(async () => {
      for (let done = 0; done < bytes.length; ) done += (await writeSome(fd, bytes, done, bytes.length - done, position + done)).bytesWritten
    })
  return {
    async add({ name, mode, mtime, method, expectedBytes }, fill) {
      const start: ZipMember = { name, mode, mtime, method, crc: 0, bytes: 0, packedBytes: 0, offset: at, isLarge: expectedBytes >= LARGE_BYTES }
      const bodyAt = at + localHeader(start).length
      const sum = { crc: 0, bytes: 0, packedBytes: 0 }
      await fill({
        count(piece) {
          sum.crc = crc32(piece, sum.crc)
          sum.bytes += piece.length
        },
        async write(piece) {
          await writeAt(piece, bodyAt + sum.packedBytes)
          sum.packedBytes += piece.length
        },
      })
      const member = { ...start, ...sum }
      if (!start.isLarge && Math.max(sum.bytes, sum.packedBytes) >= 0xffff_ffff)
        throw new ArchiveError('failed', `"${name.toString()}" grew above 4 GiB while being read`)
      await writeAt(localHeader(member), at)
      directory.add(centralHeader(member))
      await writing(() => directory.drain())
      at = bodyAt + sum.packedBytes
      count++
    },
    async finish() {
      await directory.finish({ forUs: true })
      const offset = at
      // An abandoned member may have left bytes after the last one.
      ftruncateSync(fd, at)
      const written = await openFileIn(directoryEntry.folder, directoryEntry.name, { flags: constants.O_RDONLY })
      for await (const chunk of written.createReadStream({ highWaterMark: 1024 * 1024 })) {
        await writeAt(chunk as Buffer, at)
        at += (chunk as Buffer).length
      }
      await writeAt(endRecords({ count, offset, bytes: at - offset }), at)
    },
    close: () => directory.close(),
  }
}

async function writing(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw inWords(error)
  }
}
