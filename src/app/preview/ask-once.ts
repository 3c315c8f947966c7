import { Readable } from 'node:stream'
import type { Command } from '../../plan/command.ts'
import type { PipelineCall, PipelineFor, Processes, Sink } from '../../process/processes.ts'

interface Asked {
  readonly output: Buffer
  readonly done: Awaited<PipelineFor<Sink>['done']>
}

/**
 * The same processes, for questions: one program that only answers is started once for all that need its answer, even if several steps ask at the same
 * time. Its failure is remembered, too.
 */
export function askOnce(processes: Processes): Processes {
  const known = new Map<string, Promise<Asked>>()
  const ask = async (commands: readonly Command[], call: PipelineCall): Promise<Asked> => {
    const { output, done } = await processes.startPipeline(commands, { kind: 'stream' }, call)
    const chunks = await output.toArray().catch(() => [])
    return { output: Buffer.concat(chunks), done: await done }
  }
  const startPipeline = async <S extends Sink>(commands: readonly Command[], sink: S, call: PipelineCall): Promise<PipelineFor<S>> => {
    if (sink.kind !== 'stream' || call.input !== undefined) return processes.startPipeline(commands, sink, call)
    const key = JSON.stringify(commands)
    const asking = known.get(key) ?? ask(commands, call)
    known.set(key, asking)
    const { output, done } = await asking
    const answered = { output: Readable.from([output]), done: Promise.resolve(done) }
    // The sink is a stream here, by which TypeScript does not narrow S.
    return answered as unknown as PipelineFor<S>
  }
  return { ...processes, startPipeline }
}
