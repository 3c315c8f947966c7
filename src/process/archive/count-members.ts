import { Readable } from 'node:stream'
import { inEmptyFolder } from '../../files/empty-folder.ts'
import type { Command } from '../../plan/command.ts'
import { ProcessError } from '../process-result.ts'
import type { PipelineCall, PipelineFor, Processes } from '../processes.ts'

export interface MemberCount {
  readonly processes: Pick<Processes, 'startPipeline'>
  /** Reads an archive from stdin to its end, and lists one member per line. It runs in an empty folder. */
  readonly listing: Command
  readonly call: Omit<PipelineCall, 'input'>
  /** Called with the archive, piece by piece. */
  see?(chunk: Buffer): void
}

/** The number of members that a program finds in the output of a pipeline. Rejects with the first cause: that of the pipeline, or that of the program. */
export async function countMembers(
  { output, done }: PipelineFor<{ readonly kind: 'stream' }>,
  { processes, listing, call, see }: MemberCount,
): Promise<number> {
  const input = Readable.from(watched(output, see), { objectMode: false })
  input.on('error', () => undefined)
  const lister = await inEmptyFolder((workingFolder) =>
    processes.startPipeline([{ ...listing, workingFolder }], { kind: 'stream' }, { ...call, input }),
  )
  const counting = countLines(lister.output)
  const [before, listed] = await Promise.allSettled([done, lister.done])
  // A lister without the end of its input is a consequence of the failed pipeline; one that fails because the lister has exited is a consequence of that.
  const isEcho = listed.status === 'rejected' && listed.reason instanceof ProcessError && listed.reason.code === 'process/input'
  if (listed.status === 'rejected' && !isEcho) throw listed.reason
  if (before.status === 'rejected') throw before.reason
  if (listed.status === 'rejected') throw listed.reason
  return counting()
}

/** Counts the lines of a stream; its errors are reported elsewhere. */
export function countLines(output: Readable): () => number {
  let lines = 0
  output
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1
    })
  return () => lines
}

const NEWLINE = 0x0a

async function* watched(output: Readable, see: MemberCount['see']): AsyncGenerator<Buffer> {
  for await (const chunk of output) {
    see?.(chunk as Buffer)
    yield chunk as Buffer
  }
}
