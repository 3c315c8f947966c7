import type { Readable } from 'node:stream'
import { settledWithin } from '../../lib/settled-within.ts'
import type { Command } from '../../plan/command.ts'
import type { StageFacts } from '../process-result.ts'
import type { Limits, Processes } from '../processes.ts'

export interface ReadCall {
  readonly signal: AbortSignal
  readonly limits: Limits
  /** How much of its output is kept, from its beginning. */
  readonly maxBytes: number
}

// The last bytes may still be in buffers of Node.js.
const LAST_BYTES_MS = 1000

/** Runs a command to its end, its stdin empty, and returns how it ended with the beginning of its output. Rejects as `startPipeline` does. */
export async function readCommand(
  processes: Pick<Processes, 'startPipeline'>,
  command: Command,
  { signal, limits, maxBytes }: ReadCall,
): Promise<{ readonly stage: StageFacts | undefined; readonly stdout: string }> {
  const { output, done } = await processes.startPipeline([command], { kind: 'stream' }, { signal, limits })
  const chunks: Buffer[] = []
  const reading = output === undefined ? Promise.resolve() : keepFirst(output, maxBytes, chunks)
  const { stages } = await done
  await settledWithin(LAST_BYTES_MS, reading)
  return { stage: stages[0], stdout: Buffer.concat(chunks).toString('utf8') }
}

// Read to its end: a program whose output is not read blocks.
function keepFirst(output: Readable, maxBytes: number, chunks: Buffer[]): Promise<void> {
  let bytes = 0
  return new Promise((resolve) => {
    output.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, maxBytes - bytes)
      if (part.length > 0) chunks.push(part)
      bytes += part.length
    })
    for (const end of ['error', 'close', 'end']) output.on(end, () => resolve())
  })
}
