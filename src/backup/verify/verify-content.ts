import { AppError } from '../../lib/errors.ts'
import { countMembers } from '../../process/archive/count-members.ts'
import type { PipelineFor } from '../../process/processes.ts'
import { type ContentCheck, type ContentFinding, contentCheck } from '../contents/content-check.ts'
import { listing } from '../filter/restore-commands.ts'
import type { RestoreJob, RestoreProblem } from '../restore/restore-jobs.ts'
import { checkedBytes, problemOf, type ReadObjectDeps, startJob } from '../restore/restore-object.ts'

export type VerifiedContent = Exclude<ContentFinding, { kind: 'fault' }> | { readonly kind: 'problem'; readonly problem: RestoreProblem }

/**
 * Reverses the filters of an object and reads the result to its end, an archive member by member; nothing is written. It is a problem, too, if the
 * contents do not match the kind of the object although the stored bytes are correct. Rejects on an abort.
 */
export async function verifyContent(job: RestoreJob, deps: ReadObjectDeps): Promise<VerifiedContent> {
  const watch = job.kind === 'stored' ? undefined : contentCheck(job.record)
  try {
    const undone = await startJob({ commands: job.commands, sink: { kind: 'stream' }, bytes: checkedBytes(job.record, deps) }, deps)
    const members = job.kind === 'archive' ? await membersOf(undone, watch, deps) : await readAll(undone, watch)
    const finding = watch?.finding(members) ?? { kind: 'unknown' }
    const { path } = job.record
    if (finding.kind !== 'fault') return finding
    return { kind: 'problem', problem: { kind: 'failed', path, message: `"${path}" ${finding.fault}` } }
  } catch (error) {
    if (deps.call.signal.aborted || !(error instanceof AppError)) throw error
    return { kind: 'problem', problem: await problemOf(job, error, deps) }
  }
}

type StreamingPipeline = PipelineFor<{ readonly kind: 'stream' }>

async function readAll({ output, done }: StreamingPipeline, watch: ContentCheck | undefined): Promise<undefined> {
  // The cause is reported by `done`.
  output.on('error', () => undefined).on('data', (chunk: Buffer) => watch?.see(chunk))
  await done
}

function membersOf(undone: StreamingPipeline, watch: ContentCheck | undefined, deps: ReadObjectDeps): Promise<number> {
  const { processes, call, limits, onStderr } = deps
  return countMembers(undone, {
    processes,
    listing: listing(),
    call: { signal: call.signal, limits, ...(onStderr && { onStderr }) },
    see: (chunk) => watch?.see(chunk),
  })
}
