import { constants } from 'node:fs'
import { type FileHandle, readlink } from 'node:fs/promises'
import { openFileIn, statIn } from '../../files/entries.ts'
import { type EntryName, type Folder, pathIn } from '../../files/folder.ts'
import { whyForeignHardLink } from '../../files/trust/hard-links.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, openWalked, ownerOfLink, walkPath } from '../../files/trust/trusted-path.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { limitedNotes } from '../limited-notes.ts'
import { readLines } from '../line-reader.ts'
import { pathText } from '../names/path-text.ts'
import { archivePrefix, type PackCall, type Packed, type Packing } from '../pack/pack-request.ts'
import { type OpenedFolders, openedFolders } from '../scan/opened-folders.ts'
import { emptyRecord, type PackRecord, parseRecord, TYPE, whyUnreadable } from '../scan/pack-record.ts'
import { bzip2Packer, deflatePacker, lzmaPacker, storePacker, type ZipPacker } from './zip-packers.ts'
import { type ZipWriter, zipWriter } from './zip-writer.ts'

const STORED = 0
const METHODS = { deflate: 8, bzip2: 12, lzma: 14 } as const

/** Packs to a ZIP file when the scan has ended. */
export function packZip(call: PackCall, work: ArchiveWork): Packing {
  const { list } = call
  return {
    settle: () => list.drain(),
    async finish() {
      await list.finish({ forUs: true })
      return await packListed(call, work)
    },
    stop: () => list.close(),
  }
}

/**
 * Packs to a ZIP file: folders, files, the targets of links to files, and other links as links. Entries that cannot be read, have vanished, or differ
 * from the scan are reported and omitted; a link whose owner may not be allowed to read its target is stored as a link, and reported. Rejects on any
 * other failure.
 */
async function packListed({ step, source, list: { entry: list }, fd }: PackCall, work: ArchiveWork): Promise<Packed> {
  const lost = new Set<string>()
  const skipped = limitedNotes('entries', work.note)
  const links = limitedNotes('links', work.note)
  const zip = await zipWriter(fd, { folder: list.folder, name: 'directory' })
  const folders = openedFolders(source)
  const prefix = Buffer.from(archivePrefix(step, source))
  const call: EntryCall = { zip, folders, packer: packerOf(step, work), onKeptLink: (name) => links.add(`"${pathText(name)}" ${KEPT_LINK}`) }
  let batch: PackRecord[] = []
  const flushBatch = async () => {
    const now = batch
    batch = []
    for (const record of now) {
      work.signal.throwIfAborted()
      const name = Buffer.concat([prefix, record.bytes.subarray(record.start, record.end)])
      const why = record.type === TYPE.holder ? undefined : await addEntry(name, record, call)
      if (record.type === TYPE.folder || record.type === TYPE.holder) await folders.enter(record)
      if (why === undefined) continue
      lost.add(name.toString('latin1'))
      skipped.add(`"${pathText(name)}" could not be packed: ${why}`)
    }
  }
  try {
    await readLines(list, 0, { signal: work.signal, onLine: ({ bytes, start, end }) => batch.push(recordOf(bytes, start, end)), settle: flushBatch })
    await flushBatch()
    await zip.finish()
  } catch (error) {
    await zip.close().catch(() => undefined)
    throw error
  } finally {
    await folders.close()
  }
  skipped.end()
  links.end()
  return { lost }
}

const KEPT_LINK = 'is stored as a link: its owner may not have access to its target'

function recordOf(bytes: Buffer, start: number, end: number): PackRecord {
  const record = emptyRecord()
  parseRecord(Buffer.from(bytes.subarray(start, end)), 0, end - start, record)
  return record
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
  readonly folders: OpenedFolders
  readonly packer: Packer
  onKeptLink(name: Buffer): void
}

/** Resolves with the reason if it could not be packed. */
async function addEntry(name: Buffer, record: PackRecord, call: EntryCall): Promise<string | undefined> {
  const folder = await call.folders.folderOf(record)
  if (typeof folder === 'string') return folder
  const entry = record.bytes.subarray(record.nameStart, record.end)
  try {
    if (record.type === TYPE.file) return await addFile(name, await openFileIn(folder, entry, READ), { ...call, isSeen: { record, folder } })
    const found = await statIn(folder, entry)
    if (found === undefined) return 'it no longer exists'
    const why = await call.folders.whyNotSeen(record, found, folder)
    if (why !== undefined) return why
    if (found.isDirectory()) return await addPlain(Buffer.concat([name, Buffer.from('/')]), found, call.zip)
    if (!found.isSymbolicLink()) return 'ZIP files cannot contain devices or pipes'
    const target = await openLinkTarget(folder, entry, found.uid)
    if (target.kind === 'file') return await addFile(name, target.file, call)
    if (target.kind === 'closed') call.onKeptLink(name)
    return await addPlain(name, found, call.zip, await readlink(pathIn(folder, entry), 'buffer'))
  } catch (error) {
    const why = whyUnreadable(error)
    if (why === undefined) throw error
    return why
  }
}

// A file that has become a pipe must not block: opening does not wait.
const READ = { flags: constants.O_RDONLY | constants.O_NOCTTY }

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

interface FileCall extends Pick<EntryCall, 'zip' | 'folders' | 'packer'> {
  /** For entries of the scan, not for targets of links. */
  readonly isSeen?: { readonly record: PackRecord; readonly folder: Folder }
}

/** Closes the file. */
async function addFile(name: Buffer, file: FileHandle, { zip, folders, packer, isSeen }: FileCall): Promise<string | undefined> {
  try {
    const found = await file.stat()
    const why = isSeen && ((await folders.whyNotSeen(isSeen.record, found, isSeen.folder)) ?? whyForeignHardLink(found, isSeen.folder.facts))
    if (why !== undefined) return why
    const { mode, mtime, size } = found
    const { method, pack } = size === 0 ? { method: STORED, pack: storePacker } : packer
    await zip.add({ name, mode, mtime, method, expectedBytes: size }, (body) => pack(file, size, body))
    return undefined
  } finally {
    await file.close()
  }
}

/** The target of a link: an open file; something else or nothing; a file that the owner of a link on the path might not be allowed to read. */
type LinkTarget = { readonly kind: 'file'; readonly file: FileHandle } | { readonly kind: 'other' | 'closed' }

/**
 * Opens the target of a link in an open folder, if it is a file. Holdfast may have more permissions than the creator of the link, so it is followed
 * only if each link on the path belongs to root, to this user or to the owner of the file, or if all users can read the file.
 */
async function openLinkTarget(folder: Folder, name: EntryName, linkUid: number): Promise<LinkTarget> {
  const text = await readlink(pathIn(folder, name))
  const here = text.startsWith('/') ? '' : await readlink(`/proc/self/fd/${folder.fd}`)
  const walked = await walkPath(`${here}/${text}`, ownTruster()).catch((error: unknown) => {
    if (whyUnreadable(error) === undefined) throw error
    return undefined
  })
  if (walked === undefined) return { kind: 'other' }
  try {
    if (walked.kind !== 'file') return { kind: 'other' }
    const trusted = new Set([0, ownTruster().uid, walked.uid])
    const isOurs = [ownerOfLink(linkUid, folder.facts, ownTruster()), ...walked.links].every((uid) => trusted.has(uid))
    return isOurs || walked.isOpenToAll ? { kind: 'file', file: await openWalked(walked) } : { kind: 'closed' }
  } finally {
    await closeWalked(walked)
  }
}
