import { type StdioOptions, spawn } from 'node:child_process'
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
export function runTool(argv: readonly [string, ...string[]], descriptors: readonly number[] = [], signal?: AbortSignal): Promise<ToolResult> {
  return new Promise((resolve) => {
    const [program, ...rest] = argv
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore', ...descriptors]
    const options = { stdio, env: TOOL_ENVIRONMENT, killSignal: 'SIGKILL' as const, ...(signal && { signal }) }
    let child: ReturnType<typeof spawn>
    try {
      child = startTool(() => spawn(program, rest, options))
    } catch (error) {
      resolve({ exitCode: undefined, stdout: '', refusal: systemCode(error) })
      return
    }
    const { pid = 0 } = child
    tools.add(pid)
    let stdout = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.on('error', (error) => {
      tools.delete(pid)
      resolve({ exitCode: undefined, stdout, refusal: child.pid === undefined ? systemCode(error) : undefined })
    })
    child.on('close', (code) => {
      tools.delete(pid)
      resolve({ exitCode: code ?? undefined, stdout })
    })
  })
}
