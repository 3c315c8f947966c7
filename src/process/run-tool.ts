import { type StdioOptions, spawn } from 'node:child_process'
import { readStat } from './host.ts'

/** What a tool of the host gets: programs of the base system, messages in English. */
export const TOOL_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const

export interface ToolResult {
  /** Undefined when it could not be started or died by a signal. */
  readonly exitCode: number | undefined
  readonly stdout: string
}

const tools = new Set<number>()
const services = new Set<number>()

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
 * `descriptors` become fd 3 and up in it. Never rejects: a tool that is missing has no exit code.
 */
export function runTool(argv: readonly [string, ...string[]], descriptors: readonly number[] = [], signal?: AbortSignal): Promise<ToolResult> {
  return new Promise((resolve) => {
    const [program, ...rest] = argv
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore', ...descriptors]
    const child = spawn(program, rest, { stdio, env: TOOL_ENVIRONMENT, ...(signal && { signal }) })
    const { pid = 0 } = child
    tools.add(pid)
    let stdout = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.on('error', () => {
      tools.delete(pid)
      resolve({ exitCode: undefined, stdout })
    })
    child.on('close', (code) => {
      tools.delete(pid)
      resolve({ exitCode: code ?? undefined, stdout })
    })
  })
}
