import { Readable } from 'node:stream'
import { inEmptyFolder } from '../../files/empty-folder.ts'
import { AppError } from '../../lib/errors.ts'
import { ProcessError } from '../../process/process-result.ts'
import type { PipelineFor } from '../../process/processes.ts'
import { copying, listing } from '../filter/restore-commands.ts'
import { type ContentCheck, contentCheck } from './content-check.ts'
import type { RestoreJob, RestoreProblem } from './restore-jobs.ts'
import { problemOf, type ReadObjectDeps, startJob } from './restore-object.ts'

/**
 * Reverses the filters of an object and reads the result to its end, an archive member by member; nothing is written. Returns the problem, if there
 * is one, also if the contents do not match the kind of the object although the stored bytes are correct. Rejects on an abort.
 */
export async function verifyContent(job: RestoreJob, deps: ReadObjectDeps): Promise<RestoreProblem | undefined> {
  const watch = job.kind === 'stored' ? undefined : contentCheck(job.record)
  try {
    const commands = job.commands.length > 0 ? job.commands : [copying()]
    const undone = await startJob(job, { commands, sink: { kind: 'stream' } }, deps)
    const members = job.kind === 'archive' ? await membersOf(undone, watch, deps) : await readAll(undone, watch)
    const fault = watch?.fault(members)
    const { path } = job.record
    return fault === undefined ? undefined : { kind: 'failed', path, message: `"${path}" ${fault}` }
  } catch (error) {
    if (deps.call.signal.aborted || !(error instanceof AppError)) throw error
    return await problemOf(job, error, deps)
  }
}

type StreamingPipeline = PipelineFor<{ readonly kind: 'stream' }>

async function readAll({ output, done }: StreamingPipeline, watch: ContentCheck | undefined): Promise<undefined> {
  // The cause is reported by `done`.
  output.on('error', () => undefined).on('data', (chunk: Buffer) => watch?.see(chunk))
  await done
}

/** The number of members that tar finds in its input. Rejects with the first cause: that of the filters, or that of tar. */
async function membersOf(undone: StreamingPipeline, watch: ContentCheck | undefined, deps: ReadObjectDeps): Promise<number> {
  const { processes, call, limits, onStderr } = deps
  const input = Readable.from(watched(undone.output, watch), { objectMode: false })
  input.on('error', () => undefined)
  const tar = await inEmptyFolder((workingFolder) =>
    processes.startPipeline(
      [{ ...listing(), workingFolder }],
      { kind: 'stream' },
      { signal: call.signal, limits, input, ...(onStderr && { onStderr }) },
    ),
  )
  let members = 0
  tar.output
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) members += 1
    })
  const [before, listed] = await Promise.allSettled([undone.done, tar.done])
  // A tar without the end of its input is a consequence of the failed filters; filters that fail because tar has exited are a consequence of tar.
  const isEcho = listed.status === 'rejected' && listed.reason instanceof ProcessError && listed.reason.code === 'process/input'
  if (listed.status === 'rejected' && !isEcho) throw listed.reason
  if (before.status === 'rejected') throw before.reason
  if (listed.status === 'rejected') throw listed.reason
  return members
}

async function* watched(output: Readable, watch: ContentCheck | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of output) {
    watch?.see(chunk as Buffer)
    yield chunk as Buffer
  }
}
