import type { FileHandle } from 'node:fs/promises'
import type { Command } from '../../plan/command.ts'
import { ProcessError } from '../../process/process-result.ts'
import { type ArchiveWork, tool } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import { OPENED_PATH, type OpenedArchive, openFor } from '../opened-archive.ts'

/**
 * Reads an archive to its end with the appropriate programs: the compressor's checksum, and the structure inside. Rejects with `archive/bad-archive`
 * if it is incomplete; resolves with the reason if it cannot be tested, because a program is missing.
 */
export async function testArchive(
  { opened, path }: { readonly opened: OpenedArchive; readonly path: string },
  work: ArchiveWork,
): Promise<string | undefined> {
  const kind = opened.kind === 'file' ? await kindOf(opened.file) : undefined
  if (kind === 'empty') throw new ArchiveError('bad-archive', `the archive "${path}" is empty`)
  if (kind === undefined) throw new ArchiveError('bad-archive', `"${path}" has an unknown archive format`)
  try {
    const running = await work.processes.startPipeline(commandsFor(kind, opened), { kind: 'discard' }, { signal: work.signal, limits: work.limits })
    await running.done
    return undefined
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code === 'process/aborted') throw error
    if (error.code === 'process/not-started') return error.message
    if (kind === 'zip' && error.stages[0]?.exitCode === UNKNOWN_METHOD) return 'unzip does not support its compression'
    throw new ArchiveError('bad-archive', `could not read the archive "${path}" to the end`, { cause: error })
  }
}

// unzip(1), DIAGNOSTICS.
const UNKNOWN_METHOD = 81

const list = tool(['tar', '--list', '--file=-'])

const COMMANDS = {
  gzip: [tool(['gzip', '--decompress', '--stdout', '--', OPENED_PATH]), list],
  bzip2: [tool(['bzip2', '--decompress', '--stdout', '--', OPENED_PATH]), list],
  xz: [tool(['xz', '--decompress', '--stdout', '--', OPENED_PATH]), list],
  tar: [tool(['tar', '--list', `--file=${OPENED_PATH}`, '--force-local'])],
  zip: [tool(['unzip', '-tqq', OPENED_PATH])],
} as const satisfies Readonly<Record<string, readonly Command[]>>

function commandsFor(kind: keyof typeof COMMANDS, opened: OpenedArchive): readonly Command[] {
  const [first, ...more] = COMMANDS[kind]
  return [{ ...first, extras: [openFor(opened)] }, ...more]
}

const MAGIC = [
  ['gzip', '1f8b'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['zip', '504b'],
] as const

// By the first bytes: the extensions "xz" and "bz2" are used for several formats.
async function kindOf(file: FileHandle): Promise<keyof typeof COMMANDS | 'empty' | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
  if (bytesRead === 0) return 'empty'
  const magic = MAGIC.find(([, hex]) => buffer.toString('hex').startsWith(hex))
  return magic?.[0] ?? (buffer.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined)
}
