import { constants } from 'node:fs'
import { Readable } from 'node:stream'
import { openFileIn } from '../../files/entries.ts'
import { ownProcFolder } from '../../files/kernel-files.ts'
import { readSmallSync } from '../../files/read-small.ts'
import { PACKER } from '../../lib/assets.ts'
import type { Command } from '../../plan/command.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import { findProgram } from '../../process/start/find-program.ts'
import { runTool } from '../../process/tool/run-tool.ts'
import { type ArchiveWork, tool } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import { limitedNotes } from '../limited-notes.ts'
import { pathText } from '../names/path-text.ts'
import { lineSplitter } from '../split-lines.ts'
import type { PackOrder, PackWord } from '../tar/pack-from-list.ts'
import { archivePrefix, type PackCall, type Packed } from './pack-request.ts'

/** The packer (`src/pack-tar.ts`, bundled): loaded with the program and passed as text, so that an upgrade during a run has no effect on it. */
const SCRIPT = PACKER.script === undefined ? '' : readSmallSync(PACKER.script).toString()

/**
 * Packs with the packer and a compressor, connected by kernel pipes. An entry that cannot be read, has vanished, or differs from the scan is reported
 * and omitted; one that shrinks while it is read is padded with zeros and reported: the archive is always complete. Rejects on any other failure.
 */
export async function packTar(call: PackCall, work: ArchiveWork): Promise<Packed> {
  const lost = new Set<string>()
  const skipped = limitedNotes('entries', work.note)
  let failure: string | undefined
  const lines = lineSplitter((line) => {
    const word = wordOf(line)
    if (word === undefined) return
    if (word.kind === 'failed') {
      failure = word.why
      return
    }
    if (word.kind === 'lost') lost.add(word.name)
    skipped.add(
      `"${pathText(Buffer.from(word.name, 'latin1'))}" ${word.kind === 'lost' ? 'could not be packed' : 'may be packed inconsistently'}: ${word.why}`,
    )
  })
  const list = await openFileIn(call.list.folder, call.list.name, { flags: constants.O_RDONLY })
  try {
    const running = await work.processes.startPipeline(
      [packer(await orderOf(call, work), { list: list.fd, source: call.source.fd }), compressor(call.step)],
      { kind: 'file', fd: call.fd, lockFd: call.lockFd },
      {
        signal: work.signal,
        limits: work.limits,
        input: Readable.from([Buffer.from(SCRIPT)]),
        isStderrData: true,
        onStderr: (stage, text) => {
          if (stage === PACKER_NAME) lines.push(text)
        },
      },
    )
    const { notes } = await running.done
    lines.end()
    skipped.end()
    for (const text of notes) work.note(text)
    return { lost }
  } catch (error) {
    if (failure === undefined || work.signal.aborted) throw error
    throw new ArchiveError('failed', `could not pack "${call.source.path}": ${failure}`, { cause: error })
  } finally {
    await list.close()
  }
}

const PACKER_NAME = 'packer'

// The running program, even if its path was replaced.
function packer(order: PackOrder, fds: { readonly list: number; readonly source: number }): Command {
  const command = tool([`${ownProcFolder()}/exe`, ...PACKER.words])
  return {
    ...command,
    execId: PACKER_NAME,
    extras: [
      { kind: 'secret-file', parts: [JSON.stringify(order)] },
      { kind: 'open-file', fd: fds.list },
      { kind: 'open-file', fd: fds.source },
    ],
  }
}

async function orderOf({ step, source, pack }: PackCall, { signal }: ArchiveWork): Promise<PackOrder> {
  const [users, groups] = await Promise.all([accountNames('passwd', pack.uids, signal), accountNames('group', pack.gids, signal)])
  return { prefix: Buffer.from(archivePrefix(step, source)).toString('latin1'), users, groups }
}

function wordOf(line: string): PackWord | undefined {
  try {
    return JSON.parse(line) as PackWord
  } catch {
    // Messages of Node.js itself: the packer has failed then, and the failure contains them.
    return undefined
  }
}

function compressor({ compression, compressionLevel }: ArchiveStep): Command {
  const level = compressionLevel === undefined ? [] : [`-${compressionLevel}`]
  if (compression === 'bzip2') return tool(['bzip2', '--stdout', ...level])
  if (compression === 'xz') return tool(['xz', '--stdout', '--threads=0', ...level])
  const pigz = tool(['pigz', '--stdout', ...level])
  return isInstalled(pigz) ? pigz : tool(['gzip', '--stdout', ...level])
}

function isInstalled(command: Command): boolean {
  try {
    findProgram(command)
    return true
  } catch {
    return false
  }
}

// A name service that does not answer must not delay an archive: without names, numbers are stored.
const WAIT_LIMIT_MS = 60_000
// Number of names per query.
const BATCH = 200

/** The names of users or groups by number, as far as the host knows them. Resolves with the known ones after a time limit, or when stopped. */
async function accountNames(kind: 'passwd' | 'group', ids: ReadonlySet<number>, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const names: Record<string, string> = {}
  const within = AbortSignal.any([signal, AbortSignal.timeout(WAIT_LIMIT_MS)])
  const all = [...ids]
  for (let at = 0; at < all.length && !within.aborted; at += BATCH) {
    const { stdout } = await runTool(['getent', kind, ...all.slice(at, at + BATCH).map(String)], [], within)
    for (const line of stdout.split('\n')) {
      const [name = '', , id = ''] = line.split(':')
      if (name !== '' && /^\d+$/u.test(id)) names[id] ??= name
    }
  }
  return names
}
