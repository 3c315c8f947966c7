import { Readable } from 'node:stream'
import { ownProcFolder } from '../../files/kernel-files.ts'
import { readSmallSync } from '../../files/read-small.ts'
import { PACKER } from '../../lib/assets.ts'
import type { Command } from '../../plan/command.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { PipelineFacts } from '../../process/process-result.ts'
import { findProgram } from '../../process/start/find-program.ts'
import { type ArchiveWork, tool } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import { limitedNotes } from '../limited-notes.ts'
import { pathText } from '../names/path-text.ts'
import { lineSplitter } from '../split-lines.ts'
import type { PackOrder, PackWord } from '../tar/pack-from-list.ts'
import { accountNames } from './account-names.ts'
import { growingList } from './growing-list.ts'
import { archivePrefix, type PackCall, type Packing } from './pack-request.ts'

/** The packer (`src/pack-tar.ts`, bundled): loaded with the program and passed as text, so that an upgrade during a run has no effect on it. */
const SCRIPT = PACKER.script === undefined ? undefined : readSmallSync(PACKER.script).toString()

/**
 * Packs with the packer and a compressor, connected by kernel pipes, which are started when the scan has filled the first block of the list, or has ended. An entry that
 * cannot be read, has vanished, or differs from the scan is reported and omitted; one that shrinks while it is read is padded with zeros and reported: the archive is always
 * complete. Rejects on any other failure.
 */
export function packTar(call: PackCall, work: ArchiveWork): Packing {
  const { list, pack } = call
  const stopping = new AbortController()
  const signal = AbortSignal.any([work.signal, stopping.signal])
  const growing = growingList(list, { passwd: pack.uids, group: pack.gids }, accountNames(signal))
  const problems = problemReader(work)
  let done: Promise<PipelineFacts> | undefined
  const start = async () => {
    const running = await work.processes.startPipeline(
      [packer(call), compressor(call.step)],
      { kind: 'file', fd: call.fd, lockFd: call.lockFd },
      {
        signal,
        limits: work.limits,
        input: Readable.from(growing.bytes(), { objectMode: false }),
        isStderrData: true,
        onStderr: (stage, text) => {
          if (stage === PACKER_NAME) problems.lines.push(text)
        },
      },
    )
    done = running.done.catch((error: unknown) => {
      if (problems.failure === undefined || signal.aborted) throw error
      throw new ArchiveError('failed', `could not pack "${call.source.path}": ${problems.failure}`, { cause: error })
    })
    done.catch(call.onFailed)
    work.failpoint?.('archive-packing')
  }
  return {
    async settle() {
      await list.drain()
      if (list.written === 0) return
      if (done === undefined) await start()
      growing.grew()
    },
    async finish() {
      await list.finish({ forUs: true })
      growing.end()
      if (done === undefined) await start()
      const facts = await done
      problems.end()
      for (const text of facts?.notes ?? []) work.note(text)
      return { lost: problems.lost }
    },
    async stop() {
      stopping.abort(new Error('the archive is not completed'))
      growing.abandon()
      await done?.catch(() => undefined)
      await list.close()
    },
  }
}

/** What the packer reports. */
function problemReader({ note }: ArchiveWork) {
  const lost = new Set<string>()
  const skipped = limitedNotes('entries', note)
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
  return {
    lines,
    lost,
    get failure() {
      return failure
    },
    end() {
      lines.end()
      skipped.end()
    },
  }
}

const PACKER_NAME = 'packer'

// The running program, even if its path was replaced.
function packer({ step, source }: PackCall): Command {
  const order: PackOrder = { prefix: Buffer.from(archivePrefix(step, source)).toString('latin1') }
  const command = tool([`${ownProcFolder()}/exe`, ...PACKER.words])
  return {
    ...command,
    execId: PACKER_NAME,
    extras: [
      { kind: 'secret-file', parts: [JSON.stringify(order)] },
      { kind: 'open-file', fd: source.fd },
      ...(SCRIPT === undefined ? [] : [{ kind: 'secret-file' as const, parts: [SCRIPT] }]),
    ],
  }
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
