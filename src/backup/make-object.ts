import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { settledWithin } from '../lib/settled-within.ts'
import type { ObjectSpec } from '../plan/plan.ts'
import type { PipelineCall, Processes } from '../process/processes.ts'
import type { PipelineFacts, StageFacts } from '../process/result.ts'
import { writtenBytes } from '../process/written-bytes.ts'
import type { Call } from '../storage/storage.ts'
import type { Digest, Digester } from './digester.ts'
import { describeContent } from './filters.ts'
import type { ObjectRecord, StageRecord } from './manifest.ts'
import { askProbes, checkEndMark, countsOf, remarksOf } from './object-facts.ts'
import type { SetDraft } from './set-store.ts'

// A file that cannot be closed lies on a mount that is dead.
const LET_GO_LIMIT_MS = 10_000

export interface MakeObjectDeps {
  readonly draft: SetDraft
  readonly processes: Processes
  readonly digester: Digester
  readonly pipelineCall: Omit<PipelineCall, 'signal'>
  readonly call: Call
  readonly blockBytes?: number
  /** Told the size of the object from time to time while it grows. */
  readonly progress?: { readonly everyMs: number; readonly tell: (bytes: number) => void }
}

export interface MadeObject {
  readonly record: ObjectRecord
  /** How the processes of the pipeline ended, our own writer left out. */
  readonly stages: readonly StageFacts[]
  readonly notes: readonly string[]
}

/**
 * Makes one object in the draft: its pipeline's bytes, whole, digested and flushed, or a rejection with the first cause and no process left.
 * Without a place for bytes (nothing is kept) the pipeline runs all the same; the record's digest is then empty.
 */
export async function makeObject(object: ObjectSpec, deps: MakeObjectDeps): Promise<MadeObject> {
  const answers = await askProbes(object, deps.processes, { ...deps.pipelineCall, signal: deps.call.signal })
  const made = deps.draft.openFile
    ? await intoFile(object, deps)
    : deps.draft.putObject
      ? await throughUs(object, deps)
      : await intoNothing(object, deps)
  deps.call.reach?.('object-made')
  const stages = made.facts.stages.slice(0, object.stages.length)
  const facts = { ...answers, ...countsOf(stages) }
  return {
    record: {
      path: object.path,
      ...made.digest,
      ...(object.source && { kind: object.source.kind }),
      // What our own script writes for the facts of a host is a tar archive.
      ...(object.source?.kind === 'host-facts' && { source: 'tar' as const }),
      ...(Object.keys(facts).length > 0 && { facts }),
      stages: stages.map(stageRecord),
      ...describeContent(object.stages),
    },
    stages,
    notes: [...made.facts.notes, ...remarksOf(stages)].map((note) => `object "${object.path}": ${note}`),
  }
}

interface Made {
  readonly digest: Digest
  readonly facts: PipelineFacts
}

async function intoFile(object: ObjectSpec, { draft, processes, digester, pipelineCall, call, blockBytes, progress }: MakeObjectDeps): Promise<Made> {
  const file = await openDraftFile(object, draft)
  const stopTelling = tellProgress(progress, () => writtenBytes(file.fd))
  const following = digester.follow(file.fd)
  try {
    call.reach?.('object-opened')
    const lock = draft.lockFd === undefined ? {} : { lockFd: draft.lockFd }
    const sink = { kind: 'file' as const, fd: file.fd, ...lock, ...(blockBytes !== undefined && { blockBytes }) }
    const { done } = await processes.startPipeline(object.stages, sink, { ...pipelineCall, ...checkOf(object), signal: call.signal })
    call.reach?.('pipeline-started')
    const facts = await done
    call.reach?.('pipeline-ended')
    stopTelling()
    const digest = await following.finish()
    await file.flushAndClose()
    call.reach?.('object-flushed')
    return { digest, facts }
  } catch (error) {
    stopTelling()
    await settledWithin(LET_GO_LIMIT_MS, following.drop().then(file.close))
    throw error
  }
}

function tellProgress(progress: MakeObjectDeps['progress'], bytes: () => number): () => void {
  if (progress === undefined) return () => undefined
  const timer = setInterval(() => progress.tell(bytes()), progress.everyMs)
  return () => clearInterval(timer)
}

async function openDraftFile({ path, expectedBytes }: ObjectSpec, draft: SetDraft) {
  const file = await draft.openFile?.(path, expectedBytes === undefined ? {} : { reserveBytes: expectedBytes })
  if (file === undefined) throw new Error('this draft keeps no files')
  return file
}

async function throughUs(object: ObjectSpec, { draft, processes, pipelineCall, call, progress }: MakeObjectDeps): Promise<Made> {
  const stop = new AbortController()
  const signal = AbortSignal.any([call.signal, stop.signal])
  const { output, done } = await processes.startPipeline(object.stages, { kind: 'stream' }, { ...pipelineCall, ...checkOf(object), signal })
  const hash = createHash('sha256')
  let bytes = 0
  async function* counted() {
    for await (const chunk of output ?? []) {
      hash.update(chunk as Buffer)
      bytes += (chunk as Buffer).length
      yield chunk as Buffer
    }
  }
  const options = object.expectedBytes === undefined ? {} : { expectedBytes: object.expectedBytes }
  // A storage that fails ends the pipeline; a pipeline that fails breaks the body that the storage reads. Whichever came first is the cause.
  const stopTelling = tellProgress(progress, () => bytes)
  let cause: unknown
  const note = (error: unknown) => {
    cause ??= error
    stop.abort(error)
    output?.destroy()
  }
  const [facts] = await Promise.all([
    done.catch(note),
    draft.putObject?.(object.path, Readable.from(counted(), { objectMode: false }), options, { ...call, signal }).catch(note),
  ])
  stopTelling()
  if (cause !== undefined || !facts) throw cause
  return { digest: { bytes, sha256: hash.digest('hex') }, facts }
}

async function intoNothing(object: ObjectSpec, { processes, pipelineCall, call }: MakeObjectDeps): Promise<Made> {
  const { done } = await processes.startPipeline(object.stages, { kind: 'discard' }, { ...pipelineCall, ...checkOf(object), signal: call.signal })
  return { digest: { bytes: 0, sha256: '' }, facts: await done }
}

function checkOf(object: ObjectSpec): Pick<PipelineCall, 'check'> {
  return { check: (stages) => checkEndMark(object, stages) }
}

function stageRecord(facts: PipelineFacts['stages'][number]): StageRecord {
  return {
    program: facts.program,
    ...(facts.execId !== undefined && { exec: facts.execId }),
    ...(facts.exitCode !== undefined && { exitCode: facts.exitCode }),
    ...(facts.signal !== undefined && { signal: facts.signal }),
    durationMs: facts.durationMs,
  }
}
