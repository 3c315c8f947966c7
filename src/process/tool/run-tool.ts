import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { systemCode } from '../../lib/errors.ts'
import { readStat } from '../identity/host-id.ts'

/** The environment of a tool of the host: programs of the base system, messages in English. */
export const TOOL_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const

export interface ToolResult {
  /** Undefined if it could not be started or was terminated by a signal. */
  readonly exitCode: number | undefined
  readonly stdout: string
  /** The system's error code if it could not be started (`ENOENT`, `EMFILE`). */
  readonly refusal?: string | undefined
}

const tools = new Set<number>()
const services = new Set<number>()

type Enter = <T>(start: () => T) => T

let enter: Enter | undefined

/** From now on, tools and services are started with this function, so that they are found if this process is killed. */
export function startToolsIn(place: Enter | undefined): void {
  enter = place
}

/** Starts a tool or a service in the group of the run. */
export function startTool<T>(start: () => T): T {
  return enter ? enter(start) : start()
}

/** Whether this is a running tool or a part of a service of Holdfast, and not a remaining process of a stage. */
export function isTool(pid: number): boolean {
  return tools.has(pid) || (services.size > 0 && services.has(readStat(pid)?.session ?? 0))
}

/** Registers the leader of a session as a service of Holdfast, with all its child processes, until the returned function is called. */
export function countAsService(pid: number): () => void {
  services.add(pid)
  return () => {
    services.delete(pid)
  }
}

/**
 * Runs a small program of the base system to its end and keeps its stdout (short output only: all of it is in memory). `descriptors` become fd 3 and
 * above. Never rejects: a missing tool has no exit code. An aborted one is killed and not waited for.
 */
export function runTool(argv: ToolArgv, descriptors: readonly number[] = [], signal?: AbortSignal): Promise<ToolResult> {
  return runToEnd(argv, { stdio: ['ignore', 'pipe', 'ignore', ...descriptors], encoding: 'utf8', signal })
}

export interface ToolAnswer extends ToolResult {
  readonly stderr: string
}

export interface QueryOptions {
  /** Its stdin (latin1). */
  readonly stdin?: string
  readonly limitMs?: number
}

const LIMIT_MS = 60_000
// Ten times the size of a large crontab.
const MOST_CHARS = 16 * 1024 * 1024

/**
 * Runs a small program of the host and keeps its output as latin1: every byte is a character. One that does not end in time, or prints too much, is
 * killed and has no exit code. Never rejects.
 */
export function queryTool(argv: ToolArgv, { stdin = '', limitMs = LIMIT_MS }: QueryOptions = {}): Promise<ToolAnswer> {
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
    const output = { stdout: '', stderr: '' }
    let child: ChildProcess
    try {
      child = startTool(() => spawn(program, args, { stdio, env: TOOL_ENVIRONMENT, killSignal: 'SIGKILL', ...(signal && { signal }) }))
    } catch (error) {
      resolve({ exitCode: undefined, ...output, refusal: systemCode(error) })
      return
    }
    const { pid = 0 } = child
    tools.add(pid)
    const end = (exitCode: number | undefined, refusal?: string) => {
      clearTimeout(late)
      tools.delete(pid)
      resolve({ exitCode, ...output, ...(refusal !== undefined && { refusal }) })
    }
    const giveUp = (why: string) => {
      child.kill('SIGKILL')
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      output.stderr += `\n"${program}" ${why}`
      end(undefined)
    }
    const late = limits && setTimeout(giveUp, limits.ms, `timed out after ${limits.ms / 1000} s`)
    // It need not read all of its input.
    child.stdin?.on('error', () => undefined).end(Buffer.from(stdin ?? '', encoding))
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding(encoding).on('data', (text: string) => {
        output[stream] += text
        if (limits && output[stream].length > limits.chars) giveUp('printed too much')
      })
    }
    child.on('error', (error) => end(undefined, child.pid === undefined ? systemCode(error) : undefined))
    child.on('close', (code) => end(code ?? undefined))
  })
}
