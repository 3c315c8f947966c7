import { spawn } from 'node:child_process'
import { TOOL_ENVIRONMENT } from './run-tool.ts'

export interface ToolAnswer {
  /** Undefined when it could not be started, died by a signal, or was ended because it took too long or said too much. */
  readonly exitCode: number | undefined
  /** latin1: every byte is a character. */
  readonly stdout: string
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

/** Runs a small program of the host and keeps all that it says. One that does not end in time is killed. Never rejects. For use outside of runs. */
export function askTool(
  [program, ...args]: readonly [string, ...string[]],
  { stdin = '', limitMs = LIMIT_MS }: AskOptions = {},
): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: TOOL_ENVIRONMENT })
    const said = { stdout: '', stderr: '' }
    const end = (exitCode: number | undefined) => {
      clearTimeout(late)
      resolve({ exitCode, ...said })
    }
    const giveUp = (why: string) => {
      child.kill('SIGKILL')
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      said.stderr += `\n"${program}" ${why}`
      end(undefined)
    }
    const late = setTimeout(giveUp, limitMs, `timed out after ${limitMs / 1000} s`)
    // What it does not want to read it need not.
    child.stdin.on('error', () => undefined)
    child.stdin.end(Buffer.from(stdin, 'latin1'))
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('latin1').on('data', (text: string) => {
        said[stream] += text
        if (said[stream].length > MOST_CHARS) giveUp('printed too much')
      })
    }
    child.on('error', () => end(undefined))
    child.on('close', (code) => end(code ?? undefined))
  })
}
