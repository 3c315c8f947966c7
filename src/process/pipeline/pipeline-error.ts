import { commandName, describeCommand } from '../../plan/command.ts'
import { ProcessError, type StageFacts } from '../process-result.ts'
import type { PipelineCall, Sink } from '../processes.ts'
import { causeFacts, describeEnd, factsOf, isAccepted, type Stage } from '../start/stage.ts'
import { programHint } from './program-hint.ts'
import { writeFailure, writerFailure, writerHint } from './writer.ts'

/**
 * Why a running pipeline is ended; undefined if all stages succeeded. The error is created later, when the stderr of the stages has been read
 * completely.
 */
export type Cause =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'input'; readonly error: unknown }
  /** Holdfast could not write the output, or not start the writer process for the rest of it. */
  | { readonly kind: 'output'; readonly error: unknown }
  | { readonly kind: 'stalled' | 'too-long' | 'aborted' }
  | undefined

/** `refused`: all stages succeeded, and `call.check` threw. */
export type Failure = Exclude<Cause, undefined> | { readonly kind: 'refused'; readonly error: Error }

interface OfSink {
  readonly sink: Sink
  readonly hasWriter: boolean
}

/** The error that reports why a pipeline failed. */
export function pipelineError(stages: readonly Stage[], cause: Failure, { call, sink, hasWriter }: { readonly call: PipelineCall } & OfSink): Error {
  if (cause.kind === 'refused') return cause.error
  if (cause.kind === 'stage') return stageError(stages, cause.stage, { sink, hasWriter })
  if (cause.kind === 'aborted') return stopped(call)
  const names = stages.slice(0, hasWriter ? -1 : undefined).map((stage) => commandName(stage.command))
  const pipeline = `"${names.join(' | ')}"`
  const facts = stages.map(factsOf)
  if (cause.kind === 'output') return outputError(cause.error, facts)
  if (cause.kind === 'input') return new ProcessError('input', `the input of ${pipeline} ended unexpectedly`, { cause: cause.error, stages: facts })
  if (cause.kind === 'too-long')
    return new ProcessError('too-long', `${pipeline} exceeded the time limit (${call.limits.runMs / 1000} s)`, { stages: facts })
  return new ProcessError('stalled', `${pipeline} stalled: no data transferred and no CPU time used for ${call.limits.stallMs / 1000} s`, {
    hint: 'Check what it waits for, such as a lock, a server, or a dead mount.',
    stages: facts,
  })
}

function outputError(error: unknown, stages: readonly StageFacts[]): ProcessError {
  if (error instanceof ProcessError) return error
  const failure = writeFailure(error)
  return new ProcessError('sink', `could not write the object: ${failure}`, { cause: error, stages, hint: writerHint(failure) })
}

function stageError(stages: readonly Stage[], stage: Stage, { sink, hasWriter }: OfSink): ProcessError {
  const exit = stage.exit ?? { code: null, signal: null }
  const hint = !hasWriter && sink.kind === 'file' && stage === stages.at(-1) ? directHint(stage) : undefined
  if (hint !== undefined) {
    const how = describeEnd(stage.command, exit, stage.stderr.text())
    return new ProcessError('sink', `could not write the object: ${how}`, { ...causeFacts(stage, stages), hint })
  }
  if (!hasWriter || stage !== stages.at(-1)) {
    return new ProcessError('failed', describeEnd(stage.command, exit, stage.stderr.text()), {
      ...causeFacts(stage, stages),
      command: describeCommand(stage.command),
      hint: epipeHint(stages, stage) ?? programHint(stage),
    })
  }
  const failure = writerFailure(exit, stage.stderr.text())
  return new ProcessError('sink', `could not write the object: ${failure}`, { ...causeFacts(stage, stages), hint: writerHint(failure) })
}

/** What to do if the stage that writes the file itself could not write; undefined if it failed for another reason. */
function directHint({ exit, stderr }: Stage): string | undefined {
  return writerHint(exit?.signal === 'SIGXFSZ' ? 'File too large' : stderr.text())
}

function epipeHint(stages: readonly Stage[], stage: Stage): string | undefined {
  const reader = stages[stages.indexOf(stage) + 1]
  if (reader?.exit === undefined || !isAccepted(reader.command, reader.exit) || !/broken pipe|EPIPE/iu.test(stage.stderr.text())) return undefined
  return `"${commandName(reader.command)}" stopped reading before the end, which "${commandName(stage.command)}" treats as an error. Accept its exit code, or make the reader read to the end.`
}

export function stopped(call: PipelineCall): ProcessError {
  return new ProcessError('aborted', 'stopped before completion', { cause: call.signal.reason })
}
