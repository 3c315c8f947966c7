import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { systemCode } from '../../lib/errors.ts'
import { readStat } from '../identity/host.ts'

/** What a tool of the host gets: programs of the base system, messages in English. */
export const TOOL_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const

export interface ToolResult {
  /** Undefined when it could not be started or died by a signal. */
  readonly exitCode: number | undefined
  readonly stdout: string
  /** The system's code when it could not be started (`ENOENT`, `EMFILE`). */
  readonly refusal?: string | undefined
}

const tools = new Set<number>()
const services = new Set<number>()

type Enter = <T>(start: () => T) => T

let enter: Enter | undefined

/** Tools and services are started within this from now on, so that they are found should we be killed. */
export function startToolsIn(place: Enter | undefined): void {
  enter = place
}

/** Starts a tool or a service where those of our run are started. */
export function startTool<T>(start: () => T): T {
  return enter ? enter(start) : start()
}

/** Whether this is a tool of ours that runs right now, or belongs to a service of ours, and so nothing that a stage has left behind. */
export function isTool(pid: number): boolean {
  return tools.has(pid) || (services.size > 0 && services.has(readStat(pid)?.session ?? 0))
}

/** Tells that this leader of a session serves us, with all that it starts, until the returned function is called. */
export function countAsService(pid: number): () => void {
  services.add(pid)
  return () => {
    services.delete(pid)
  }
}

/**
 * Runs a small program of the base system to its end and keeps its stdout (short ones only: all of it is held in memory).
 * `descriptors` become fd 3 and up in it. Never rejects: a tool that is missing has no exit code. An aborted one is killed and not waited for.
 */
export function runTool(argv: ToolArgv, descriptors: readonly number[] = [], signal?: AbortSignal): Promise<ToolResult> {
  return runToEnd(argv, { stdio: ['ignore', 'pipe', 'ignore', ...descriptors], encoding: 'utf8', signal })
}

export interface ToolAnswer extends ToolResult {
  readonly stderr: string
}

export interface AskOptions {
  /** Given to it as stdin (latin1). */
  readonly stdin?: string
  readonly limitMs?: number
}

const LIMIT_MS = 60_000
// A crontab of everybody's, ten times.
const MOST_CHARS = 16 * 1024 * 1024

/**
 * Runs a small program of the host and keeps all that it says, as latin1: every byte is a character. One that does not end in time, or says too much, is
 * killed and has no exit code. Never rejects.
 */
export function askTool(argv: ToolArgv, { stdin = '', limitMs = LIMIT_MS }: AskOptions = {}): Promise<ToolAnswer> {
  return runToEnd(argv, { stdio: ['pipe', 'pipe', 'pipe'], encoding: 'latin1', stdin, limits: { ms: limitMs, chars: MOST_CHARS } })
}

type ToolArgv = readonly [string, ...string[]]

interface ToolCall {
  readonly stdio: StdioOptions
  readonly encoding: 'utf8' | 'latin1'
  readonly stdin?: string
  readonly limits?: { readonly ms: number; readonly chars: number }
  readonly signal?: AbortSignal | undefined
}

function runToEnd([program, ...args]: ToolArgv, { stdio, encoding, stdin, limits, signal }: ToolCall): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const said = { stdout: '', stderr: '' }
    let child: ChildProcess
    try {
      child = startTool(() => spawn(program, args, { stdio, env: TOOL_ENVIRONMENT, killSignal: 'SIGKILL', ...(signal && { signal }) }))
    } catch (error) {
      resolve({ exitCode: undefined, ...said, refusal: systemCode(error) })
      return
    }
    const { pid = 0 } = child
    tools.add(pid)
    const end = (exitCode: number | undefined, refusal?: string) => {
      clearTimeout(late)
      tools.delete(pid)
      resolve({ exitCode, ...said, ...(refusal !== undefined && { refusal }) })
    }
    const giveUp = (why: string) => {
      child.kill('SIGKILL')
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      said.stderr += `\n"${program}" ${why}`
      end(undefined)
    }
    const late = limits && setTimeout(giveUp, limits.ms, `timed out after ${limits.ms / 1000} s`)
    // What it does not want to read it need not.
    child.stdin?.on('error', () => undefined).end(Buffer.from(stdin ?? '', encoding))
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding(encoding).on('data', (text: string) => {
        said[stream] += text
        if (limits && said[stream].length > limits.chars) giveUp('printed too much')
      })
    }
    child.on('error', (error) => end(undefined, child.pid === undefined ? systemCode(error) : undefined))
    child.on('close', (code) => end(code ?? undefined))
  })
}
