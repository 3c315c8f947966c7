import type { FileHandle } from 'node:fs/promises'
import { entriesOf } from '../../files/entries.ts'
import type { Command } from '../../plan/command.ts'
import type { DatabaseServer } from '../../plan/database-server.ts'
import { ProcessError } from '../../process/process-result.ts'
import { type ArchiveWork, tool } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import { OPENED_PATH, type OpenedArchive, openFor } from '../opened-archive.ts'
import { readBackCommand } from './dump-command.ts'

/** The end of a plain dump: `-- PostgreSQL database dump complete`, and since the minor releases of 2025 a line for psql after it. */
const END_MARK = /^-- PostgreSQL database dump complete$/mu

export interface DumpToCheck {
  readonly opened: OpenedArchive
  /** For messages. */
  readonly path: string
  readonly server: DatabaseServer
  /** The program that made it. */
  readonly program: string
}

/**
 * Reads a dump to its end. Rejects with `archive/bad-dump` if it is incomplete; resolves with the reason if it cannot be tested, because the program
 * is missing or too old.
 */
export async function checkDump({ opened, path, server, program }: DumpToCheck, work: ArchiveWork): Promise<string | undefined> {
  await refuseIrregular(opened, path)
  const kind = await kindOf(opened)
  if (kind === 'empty') throw new ArchiveError('bad-dump', `the dump "${path}" is empty`)
  if (kind === 'plain') {
    if (!END_MARK.test(await endOf(opened))) throw new ArchiveError('bad-dump', `the dump "${path}" is truncated`)
    return undefined
  }
  if (kind === 'tar' && !(await endsWithZeros(opened))) throw new ArchiveError('bad-dump', `the dump "${path}" is truncated`)
  const isArchive = kind === 'archive' || kind === 'tar'
  const command = isArchive
    ? readBackCommand(server, program, OPENED_PATH)
    : // Entries in /proc are links, which some programs skip unless forced.
      tool([kind, '--test', '--quiet', '--force', OPENED_PATH])
  try {
    // pg_restore does not detect a member that is too short.
    if (kind === 'tar') await verifyContent(tool(['tar', '--list', '--file', OPENED_PATH]), opened, work)
    await verifyContent(command, opened, work)
    return undefined
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code === 'process/aborted') throw error
    const why = whyUnknown(error)
    if (why === undefined) throw new ArchiveError('bad-dump', `could not read the dump "${path}" to the end`, { cause: error })
    return why
  }
}

/** pg_restore opens the files of a folder by name, and would wait for a FIFO. */
async function refuseIrregular(opened: OpenedArchive, path: string): Promise<void> {
  if (opened.kind !== 'folder' || (await entriesOf(opened.folder)).every((entry) => entry.isFile())) return
  throw new ArchiveError('bad-dump', `the dump "${path}" contains something other than regular files`)
}

/** Runs a command, and discards its output. */
async function verifyContent(command: Command, opened: OpenedArchive, work: ArchiveWork): Promise<void> {
  const running = await work.processes.startPipeline(
    [{ ...command, extras: [openFor(opened), ...(command.extras ?? [])] }],
    { kind: 'discard' },
    { signal: work.signal, limits: work.limits },
  )
  await running.done
}

function whyUnknown(error: ProcessError): string | undefined {
  if (error.code === 'process/not-started') return error.message
  return /unsupported version/u.test(error.stderrTail) ? 'pg_restore is older than the pg_dump that made it' : undefined
}

const MAGIC = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['lz4', '04224d18'],
  ['archive', '5047444d50'],
] as const

/** By the first bytes: the compressor for compressed plain dumps; `archive` is a format of pg_restore. */
async function kindOf(opened: OpenedArchive): Promise<'empty' | 'plain' | 'tar' | (typeof MAGIC)[number][0]> {
  if (opened.kind === 'folder') return 'archive'
  const { buffer, bytesRead } = await opened.file.read(Buffer.alloc(512), 0, 512, 0)
  if (bytesRead === 0) return 'empty'
  const magic = MAGIC.find(([, hex]) => buffer.toString('hex').startsWith(hex))
  if (magic) return magic[0]
  // POSIX.1, "ustar Interchange Format".
  return buffer.toString('latin1', 257, 262) === 'ustar' ? 'tar' : 'plain'
}

const TAIL_BYTES = 4096

// Two blocks of zeros (POSIX.1, "ustar Interchange Format").
async function endsWithZeros(opened: OpenedArchive): Promise<boolean> {
  return /\0{1024}$/u.test(await endOf(opened))
}

async function endOf(opened: OpenedArchive): Promise<string> {
  if (opened.kind === 'folder') return ''
  const { file }: { readonly file: FileHandle } = opened
  const { size } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, Math.max(0, size - TAIL_BYTES))
  return buffer.toString('latin1', 0, bytesRead)
}
