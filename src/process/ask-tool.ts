import { spawn } from 'node:child_process'
import { TOOL_ENVIRONMENT } from './run-tool.ts'

export interface ToolAnswer {
  /** Undefined when it could not be started or died by a signal. */
  readonly exitCode: number | undefined
  /** latin1: every byte is a character. */
  readonly stdout: string
  readonly stderr: string
}

/** Runs a small program of the host to its end, its stdin empty, and keeps all that it says. Never rejects. For use outside of runs. */
export function askTool([program, ...args]: readonly [string, ...string[]]): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: TOOL_ENVIRONMENT })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('latin1').on('data', (text: string) => {
        said[stream] += text
      })
    }
    child.on('error', () => resolve({ exitCode: undefined, ...said }))
    child.on('close', (code) => resolve({ exitCode: code ?? undefined, ...said }))
  })
}
