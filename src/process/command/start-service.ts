import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { openRedactor, type PieceRedactor } from '../../lib/redactor/redactor.ts'
import { type Command, commandName } from '../../plan/command.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import { processStart } from '../identity/host-id.ts'
import { ProcessError } from '../process-result.ts'
import { findTool } from '../start/find-program.ts'
import { prepareCommand } from '../start/prepare-command.ts'
import { describeEnd } from '../start/stage.ts'
import { countAsService, startTool } from '../tool/run-tool.ts'
import { endTree, type Leader } from '../tree/process-tree.ts'

/** A program that provides a service to Holdfast until it is stopped. */
export interface Service {
  readonly pid: number
  /** Resolves with a description when it has ended for any reason. */
  readonly ended: Promise<string>
  /** The last 8 KiB of its stderr, as text without secrets. */
  stderrTail(): string
  /** Ends it with all its child processes: SIGTERM, `graceMs` to exit, then SIGKILL. */
  stop(graceMs: number): Promise<void>
}

export interface ServiceCall {
  readonly resolveSecret: ResolveSecret
  readonly signal?: AbortSignal
  /** Receives its stderr as it is written, with secrets. */
  readonly onStderr?: (text: string) => void
}

const TAIL_CHARACTERS = 8 * 1024

/**
 * Starts a program in its own session, with stdin and stdout at /dev/null. It is not a stage of a pipeline and survives all of them, but not
 * Holdfast: the kernel kills it when this process ends for any reason (PR_SET_PDEATHSIG of prctl(2)). Rejects with `process/not-started`.
 */
export async function startService(
  command: Command,
  { resolveSecret, onStderr, signal = new AbortController().signal }: ServiceCall,
): Promise<Service> {
  const redactor = openRedactor()
  const prepared = await prepareCommand(command, { resolveSecret, redactor, runId: 'service', takePipes: refuseTaps }, { signal, runMs: 0 })
  const argv = ['--pdeathsig', 'KILL', '--', ...prepared.argv]
  let child: ChildProcess
  try {
    child = startTool(() =>
      spawn(findTool('setpriv'), argv, {
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', ...prepared.extraFds],
        env: { ...prepared.environment },
        ...(command.workingFolder !== undefined && { cwd: command.workingFolder }),
      }),
    )
  } finally {
    for (const fd of prepared.extraFds) closeSync(fd)
  }
  const { pid } = child
  child.on('error', () => undefined)
  // The system's message may contain a value of the environment.
  if (pid === undefined) throw new ProcessError('not-started', `could not start "${commandName(command)}": rejected by the system`)
  const leader: Leader = { pid, start: processStart(pid) ?? 0 }
  const isNoLonger = countAsService(pid)
  // Without its output, which may contain a value of its environment.
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(describeEnd(command, { code, signal }, '')))
  })
  const stderr = keepTail(child, redactor.pieces(), onStderr)
  return {
    pid,
    ended,
    stderrTail: () => stderr.text(),
    async stop(graceMs) {
      await endTree({ leaders: [leader], cgroup: undefined, mark: undefined, pipes: new Set() }, graceMs)
      isNoLonger()
      child.stderr?.destroy()
    },
  }
}

function keepTail({ stderr }: ChildProcess, pieces: PieceRedactor, onText: ServiceCall['onStderr']): { text(): string } {
  const decoder = new StringDecoder('utf8')
  let kept = ''
  stderr?.on('data', (chunk: Buffer) => {
    const text = decoder.write(chunk)
    kept = (kept + pieces.write(text)).slice(-TAIL_CHARACTERS)
    onText?.(text)
  })
  // After a read error, no more data can arrive; data read so far is kept.
  stderr?.on('error', () => undefined)
  return { text: () => kept + pieces.held() }
}

async function refuseTaps(): Promise<never> {
  throw new ProcessError('not-started', 'services do not support taps')
}
