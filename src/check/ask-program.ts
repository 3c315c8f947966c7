import type { Readable } from 'node:stream'
import type { Command } from '../plan/command.ts'
import { ProcessError } from '../process/result.ts'
import type { Asking } from './check-deps.ts'

export interface ProgramAnswer {
  readonly exitCode: number
  /** Its first 64 KiB. */
  readonly stdout: string
  /** Its last 8 KiB. */
  readonly stderr: string
}

const MAX_BYTES = 64 * 1024

// The time limit of the check applies; a program that does not react to the signal gets only a short grace period.
const LIMITS = { stallMs: 0, runMs: 0, graceMs: 300, lingerMs: 1000 }

/**
 * Runs a program to its end and returns its output. Its standard input is empty, and no process of it is left running. Rejects with a `ProcessError`
 * if it cannot be started, is terminated by a signal, or is stopped.
 */
export async function askProgram(command: Command, { processes, signal }: Asking): Promise<ProgramAnswer> {
  const { output, done } = await processes.startPipeline([command], { kind: 'stream' }, { signal, limits: LIMITS })
  const text = output === undefined ? Promise.resolve('') : firstBytes(output)
  const { stages } = await done
  const [stage] = stages
  if (stage?.exitCode === undefined) throw new ProcessError('failed', `"${command.argv[0]}" timed out`)
  return { exitCode: stage.exitCode, stdout: await text, stderr: stage.stderrTail }
}

// Read to the end: a program whose output is not read blocks.
function firstBytes(output: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve) => {
    const finish = () => resolve(Buffer.concat(chunks).toString('utf8'))
    output.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, MAX_BYTES - bytes)
      if (part.length > 0) chunks.push(part)
      bytes += part.length
    })
    output.on('error', finish)
    output.on('close', finish)
    output.on('end', finish)
  })
}
