import type { FileHandle } from 'node:fs/promises'
import type { Command } from '../../plan/command.ts'
import { countLines, countMembers } from '../../process/archive/count-members.ts'
import { tarFault } from '../../process/archive/incomplete-tar.ts'
import { watchEdges } from '../../process/archive/stream-edges.ts'
import { ProcessError } from '../../process/process-result.ts'
import { type ArchiveWork, tool } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import { OPENED_PATH, type OpenedArchive, openFor } from '../opened-archive.ts'

export interface ArchiveTest {
  readonly opened: OpenedArchive
  readonly path: string
  /** The number of entries in its list, if there is one. */
  readonly listed: number | undefined
  /** Without a list: whether an archive without members may be complete, as a level 1 if nothing has changed. */
  readonly mayBeEmpty: boolean
}

/**
 * Reads an archive to its end with the appropriate programs: the compressor's checksum, the structure inside with its end, and at least as many members
 * as its list has entries (names with a line break are not listed). Rejects with `archive/bad-archive` if it is incomplete; resolves with the reason if
 * it cannot be tested, because a program is missing.
 */
export async function testArchive(test: ArchiveTest, work: ArchiveWork): Promise<string | undefined> {
  const { opened, path } = test
  const kind = opened.kind === 'file' ? await kindOf(opened.file) : undefined
  if (kind === 'empty') throw new ArchiveError('bad-archive', `the archive "${path}" is empty`)
  if (kind === undefined) throw new ArchiveError('bad-archive', `"${path}" has an unknown archive format`)
  try {
    const fault = await faultOf(kind, test, work)
    if (fault !== undefined) throw new ArchiveError('bad-archive', `the archive "${path}" ${fault}`)
    return undefined
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code === 'process/aborted') throw error
    if (error.code === 'process/not-started') return error.message
    if (kind === 'zip' && error.stages[0]?.exitCode === UNKNOWN_METHOD) return 'unzip does not support its compression'
    throw new ArchiveError('bad-archive', `could not read the archive "${path}" to the end`, { cause: error })
  }
}

async function faultOf(kind: Exclude<Kind, 'empty'>, test: ArchiveTest, work: ArchiveWork): Promise<string | undefined> {
  if (kind === 'bare-zip') return bareZipFault(test, work)
  return kind === 'zip' ? zipFault(test, work) : faultOfTar(kind, test, work)
}

async function faultOfTar(kind: keyof typeof FILTERS, { opened, listed, mayBeEmpty }: ArchiveTest, work: ArchiveWork): Promise<string | undefined> {
  const call = { signal: work.signal, limits: work.limits }
  const edges = watchEdges()
  const unpacked = await work.processes.startPipeline([{ ...FILTERS[kind], extras: [openFor(opened)] }], { kind: 'stream' }, call)
  const members = await countMembers(unpacked, { processes: work.processes, listing: LISTING, call, see: (chunk) => edges.see(chunk) })
  const least = listed ?? (mayBeEmpty ? 0 : undefined)
  return tarFault(edges, { members, entries: least === undefined ? undefined : Math.max(least, members) })
}

async function zipFault({ opened, listed }: ArchiveTest, work: ArchiveWork): Promise<string | undefined> {
  const call = { signal: work.signal, limits: work.limits }
  const extras = [openFor(opened)]
  await (await work.processes.startPipeline([{ ...tool(['unzip', '-tqq', OPENED_PATH]), extras }], { kind: 'discard' }, call)).done
  if (listed === undefined) return undefined
  const names = await work.processes.startPipeline([{ ...tool(['unzip', '-Z1', OPENED_PATH]), extras }], { kind: 'stream' }, call)
  const members = countLines(names.output)
  await names.done
  return members() < listed ? `has ${members()} members, expected ${listed}` : undefined
}

/** Of an archive without members, which has nothing to test. */
async function bareZipFault({ opened, listed, mayBeEmpty }: ArchiveTest, work: ArchiveWork): Promise<string | undefined> {
  const command = { ...tool(['unzip', '-Z1', OPENED_PATH], { min: NO_MEMBERS, max: NO_MEMBERS }), extras: [openFor(opened)] }
  await (await work.processes.startPipeline([command], { kind: 'discard' }, { signal: work.signal, limits: work.limits })).done
  if (listed !== undefined) return listed > 0 ? `has 0 members, expected ${listed}` : undefined
  return mayBeEmpty ? undefined : 'is an archive without members'
}

// unzip(1), DIAGNOSTICS. With the first one, it only prints that there are none.
const NO_MEMBERS = 1
const UNKNOWN_METHOD = 81

const LISTING = tool(['tar', '--list', '--file=-'])

const FILTERS = {
  gzip: tool(['gzip', '--decompress', '--stdout', '--', OPENED_PATH]),
  bzip2: tool(['bzip2', '--decompress', '--stdout', '--', OPENED_PATH]),
  xz: tool(['xz', '--decompress', '--stdout', '--', OPENED_PATH]),
  tar: tool(['cat', '--', OPENED_PATH]),
} as const satisfies Readonly<Record<string, Command>>

const MAGIC = [
  ['gzip', '1f8b'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  // The end of the list of members comes first.
  ['bare-zip', '504b0506'],
  ['zip', '504b'],
] as const

type Kind = (typeof MAGIC)[number][0] | 'tar' | 'empty'

// By the first bytes: the extensions "xz" and "bz2" are used for several formats.
async function kindOf(file: FileHandle): Promise<Kind | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
  if (bytesRead === 0) return 'empty'
  const magic = MAGIC.find(([, hex]) => buffer.toString('hex').startsWith(hex))
  return magic?.[0] ?? (buffer.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined)
}
