import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, stat } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import type { ArchiveStep } from '../plan/dated-files.ts'
import { complaints } from './complaints.ts'
import { readLines } from './line-reader.ts'
import type { PackCall, Packed } from './pack.ts'
import { pathText } from './path-text.ts'
import type { ArchiveWork } from './work.ts'
import { bzip2Packer, deflatePacker, lzmaPacker, storePacker, type ZipPacker } from './zip-packers.ts'
import { type ZipWriter, zipWriter } from './zip-writer.ts'

const STORED = 0
const METHODS = { deflate: 8, bzip2: 12, lzma: 14 } as const

const WANTED_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EIO', 'ELOOP', 'ESTALE', 'ENOTDIR', 'ENXIO', 'EISDIR'])

/**
 * Packs into a ZIP file: folders, files, what links to files point to, other links as links. What ZIP cannot hold (devices, pipes) and what cannot be read or is
 * gone is told and left out. Rejects when anything else goes wrong.
 */
export async function packZip({ step, root, names, fd }: PackCall, work: ArchiveWork): Promise<Packed> {
  const lost = new Set<string>()
  const told = complaints('entry', work.note)
  const zip = await zipWriter(fd, `${names}-directory`)
  const packer = packerOf(step, work)
  let batch: Buffer[] = []
  const flushBatch = async () => {
    const now = batch
    batch = []
    for (const name of now) {
      work.signal.throwIfAborted()
      const why = await addEntry(name, { zip, root, packer })
      if (why === undefined) continue
      lost.add(name.toString('latin1'))
      told.add(`"${pathText(name)}" could not be packed: ${why}`)
    }
  }
  try {
    await readLines(names, 0, {
      signal: work.signal,
      onLine: ({ bytes, start, end }) => batch.push(Buffer.from(bytes.subarray(start, end))),
      settle: flushBatch,
    })
    await flushBatch()
    await zip.finish()
  } catch (error) {
    await zip.close().catch(() => undefined)
    throw error
  }
  told.end()
  return { lost }
}

interface Packer {
  readonly method: number
  readonly pack: ZipPacker
}

function packerOf({ compression, compressionLevel }: ArchiveStep, work: ArchiveWork): Packer {
  if (compression === 'bzip2') return { method: METHODS.bzip2, pack: bzip2Packer(compressionLevel, work) }
  if (compression === 'lzma') return { method: METHODS.lzma, pack: lzmaPacker(compressionLevel, work) }
  return { method: METHODS.deflate, pack: deflatePacker(compressionLevel) }
}

interface EntryCall {
  readonly zip: ZipWriter
  readonly root: string
  readonly packer: Packer
}

/** Resolves with why it could not be packed. */
async function addEntry(name: Buffer, call: EntryCall): Promise<string | undefined> {
  const path = Buffer.concat([Buffer.from(call.root === '/' ? '/' : `${call.root}/`), name])
  try {
    const found = await lstat(path)
    if (found.isDirectory()) return await addPlain(Buffer.concat([name, Buffer.from('/')]), found, call.zip)
    if (found.isFile()) return await addFile(name, path, call)
    if (!found.isSymbolicLink()) return 'a ZIP file holds neither devices nor pipes'
    const target = await stat(path).catch(() => undefined)
    if (target?.isFile()) return await addFile(name, path, call)
    return await addPlain(name, found, call.zip, await readlink(path, 'buffer'))
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined || !WANTED_ERRORS.has(code)) throw error
    return error instanceof Error ? error.message.replace(/, .*/su, '') : String(error)
  }
}

interface Facts {
  readonly mode: number
  readonly mtime: Date
}

async function addPlain(name: Buffer, { mode, mtime }: Facts, zip: ZipWriter, content?: Buffer): Promise<undefined> {
  await zip.add({ name, mode, mtime, method: STORED, expectedBytes: 0 }, async (body) => {
    if (content === undefined) return
    body.count(content)
    await body.write(content)
  })
}

async function addFile(name: Buffer, path: Buffer, { zip, packer }: EntryCall): Promise<string | undefined> {
  // What has become a pipe meanwhile must not hold us up.
  const file: FileHandle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { mode, mtime, size, ...found } = await statOf(file)
    if (!found.isFile) return 'it is no plain file any more'
    const { method, pack } = size === 0 ? { method: STORED, pack: storePacker } : packer
    await zip.add({ name, mode, mtime, method, expectedBytes: size }, (body) => pack(file, size, body))
    return undefined
  } finally {
    await file.close()
  }
}

async function statOf(file: FileHandle): Promise<Facts & { readonly size: number; readonly isFile: boolean }> {
  const found = await file.stat()
  return { mode: found.mode, mtime: found.mtime, size: found.size, isFile: found.isFile() }
}
