import { commandName } from '../plan/command.ts'
import type { PipelineCall } from './processes.ts'
import { ProcessError } from './result.ts'
import { blame, describeEnd, factsOf, isAccepted, type Stage } from './stage.ts'
import { writerFailure, writerHint } from './writer.ts'

/** What ended the pipeline: undefined when every stage ended well and the last byte has come. The message is made later, with what was said last. */
export type Cause =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'input'; readonly error: unknown }
  | { readonly kind: 'stalled' | 'too-long' | 'aborted' }
  | undefined

/** What is told of a pipeline that did not end well. */
export function pipelineError(
  stages: readonly Stage[],
  cause: Exclude<Cause, undefined>,
  { call, hasWriter }: { readonly call: PipelineCall; readonly hasWriter: boolean },
): ProcessError {
  if (cause.kind === 'stage') return stageError(stages, cause.stage, hasWriter)
  if (cause.kind === 'aborted') return stopped(call)
  const names = stages.slice(0, hasWriter ? -1 : undefined).map((stage) => commandName(stage.command))
  const pipeline = `"${names.join(' | ')}"`
  const facts = stages.map(factsOf)
  if (cause.kind === 'input') return new ProcessError('input', `the input of ${pipeline} broke off`, { cause: cause.error, stages: facts })
  if (cause.kind === 'too-long')
    return new ProcessError('too-long', `${pipeline} ran longer than allowed (${call.limits.runMs / 1000} s)`, { stages: facts })
  return new ProcessError('stalled', `${pipeline} did not move a byte nor use the CPU for ${call.limits.stallMs / 1000} s`, {
    hint: 'Something it waits for does not come: a lock, a server, a dead mount.',
    stages: facts,
  })
}

function stageError(stages: readonly Stage[], stage: Stage, hasWriter: boolean): ProcessError {
  const exit = stage.exit ?? { code: null, signal: null }
  if (!hasWriter || stage !== stages.at(-1)) {
    return new ProcessError('failed', describeEnd(stage.command, exit), { ...blame(stage, stages), hint: epipeHint(stages, stage) })
  }
  const failure = writerFailure(exit, stage.stderr.text())
  return new ProcessError('sink', `cannot write the object: ${failure}`, { ...blame(stage, stages), hint: writerHint(failure) })
}

function epipeHint(stages: readonly Stage[], stage: Stage): string | undefined {
  const reader = stages[stages.indexOf(stage) + 1]
  if (reader?.exit === undefined || !isAccepted(reader.command, reader.exit) || !/broken pipe|EPIPE/iu.test(stage.stderr.text())) return undefined
  return `"${commandName(reader.command)}" had stopped reading, which "${commandName(stage.command)}" takes for an error; accept its exit code or let the reader read on.`
}

export function stopped(call: PipelineCall): ProcessError {
  return new ProcessError('aborted', 'stopped before it was done', { cause: call.signal.reason })
}
