import { spawn } from 'node:child_process'
import { TOOL_ENVIRONMENT } from './run-tool.ts'

export interface ToolAnswer {
  /** Undefined when it could not be started or died by a signal. */
  readonly exitCode: number | undefined
  /** latin1: every byte is a character. */
  readonly stdout: string
  readonly stderr: string
}

/** Runs a small program of the host to its end, `stdin` (latin1) given to it, and keeps all that it says. Never rejects. For use outside of runs. */
export function askTool([program, ...args]: readonly [string, ...string[]], stdin = ''): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: TOOL_ENVIRONMENT })
    const said = { stdout: '', stderr: '' }
    // What it does not want to read it need not.
    child.stdin.on('error', () => undefined)
    child.stdin.end(Buffer.from(stdin, 'latin1'))
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('latin1').on('data', (text: string) => {
        said[stream] += text
      })
    }
    child.on('error', () => resolve({ exitCode: undefined, ...said }))
    child.on('close', (code) => resolve({ exitCode: code ?? undefined, ...said }))
  })
}
