import type { Command } from '../plan/command.ts'
import type { ArchiveStep } from '../plan/dated-files.ts'
import { findProgram } from '../process/find-program.ts'
import { complaints, lineSplitter } from './complaints.ts'
import { ArchiveError } from './errors.ts'
import type { PackCall, Packed } from './pack.ts'
import { pathText } from './path-text.ts'
import { tarComplaint } from './tar-complaints.ts'
import { tool } from './tools.ts'
import type { ArchiveWork } from './work.ts'

/**
 * Packs by GNU tar and a compressor, joined by kernel pipes. An entry that cannot be read or is gone is told and left out; one that shrinks while it is read
 * is filled up with zeros and told: the archive stays whole. Rejects when anything else goes wrong.
 */
export async function packTar(call: PackCall, work: ArchiveWork): Promise<Packed> {
  const lost = new Set<string>()
  const told = complaints('entry', work.note)
  const strange: string[] = []
  let hasEnd = false
  const lines = lineSplitter((line) => {
    const complaint = tarComplaint(line)
    if (complaint.kind === 'end') hasEnd = true
    else if (complaint.kind === 'unknown') strange.push(line)
    else if (complaint.kind !== 'harmless') {
      const { name, why, kind } = complaint
      if (kind === 'lost') lost.add(name.toString('latin1'))
      told.add(`"${pathText(name)}" ${kind === 'lost' ? 'could not be packed' : 'may be packed torn'}: ${why}`)
    }
  })
  const running = await work.processes.startPipeline(
    [tarCommand(call), compressor(call.step)],
    { kind: 'file', fd: call.fd, lockFd: call.lockFd },
    {
      signal: work.signal,
      limits: work.limits,
      onStderr: (stage, text) => {
        if (stage === 'tar') lines.push(text)
      },
    },
  )
  const { stages, notes } = await running.done
  lines.end()
  told.end()
  for (const text of notes) work.note(text)
  // With 2 it says which entries it lost, and then that these were all. Anything else has ended it early.
  if (stages[0]?.exitCode === 2 && (!hasEnd || strange.length > 0)) {
    throw new ArchiveError('failed', `tar gave up: ${strange.at(-1)?.replace(/^tar: /u, '') ?? 'it did not say why'}`)
  }
  for (const line of strange) work.note(line)
  return { lost }
}

function tarCommand({ root, names }: PackCall): Command {
  const format = ['--format=posix', '--pax-option=delete=atime,delete=ctime', '--quoting-style=escape']
  return tool(['tar', '--create', '--file=-', ...format, `--directory=${root}`, '--no-recursion', '--null', `--files-from=${names}`], {
    min: 0,
    max: 2,
  })
}

function compressor({ compression, compressionLevel }: ArchiveStep): Command {
  const level = compressionLevel === undefined ? [] : [`-${compressionLevel}`]
  if (compression === 'bzip2') return tool(['bzip2', '--stdout', ...level])
  if (compression === 'xz') return tool(['xz', '--stdout', '--threads=0', ...level])
  const pigz = tool(['pigz', '--stdout', ...level])
  return isThere(pigz) ? pigz : tool(['gzip', '--stdout', ...level])
}

function isThere(command: Command): boolean {
  try {
    findProgram(command)
    return true
  } catch {
    return false
  }
}
