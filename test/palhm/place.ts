import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scaledMs } from '../support/time-limits.ts'

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

// A run that hangs is a failure of its test, not of the whole suite.
const HANG_MS = scaledMs(300_000)
// A daemon that a step started may hold the program's pipes open after its end.
const PIPES_MS = 300
// Starting takes a third of the time where what was compiled is kept.
const COMPILED = process.env['NODE_COMPILE_CACHE'] ?? join(checkout, 'node_modules/.cache/compiled-for-tests')

export interface Start {
  /** The launcher in the checkout, or any program by its path. */
  readonly as?: string
  readonly cwd?: string
  /** Added to a bare environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly umask?: string
  readonly stdin?: string
  /** Called with the process's id once it runs. The program's end is waited for afterwards. */
  readonly meanwhile?: (pid: number) => Promise<void>
}

export interface Ended {
  /** Null: ended by a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Process {
  readonly pid: number
  readonly text: string
}

/** A temporary folder of one test with the program's state in it. Removed after the test, with every process that still works in it. */
export interface Place {
  /** The working folder of what is started, `@RUN@` of the recorded cases. */
  readonly run: string
  /** Beside it; everything in here goes when the test ends. */
  readonly top: string
  /** Writes a file below `run`; what is no string becomes JSON. Gives its path. */
  write(path: string, content: unknown): string
  start(args: readonly string[], start?: Start): Promise<Ended>
  /** Those that work in this place. */
  processes(): readonly Process[]
  /** The same as their command lines. */
  leftOver(): readonly string[]
  /** Calls back when the test ends, before the folder goes. */
  atEnd(clean: () => void): void
}

export function openPlace(t: Pick<TestContext, 'after'>): Place {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-palhm-')))
  const run = join(top, 'run')
  mkdirSync(run)
  const cleaners: (() => void)[] = []
  const place: Place = {
    run,
    top,
    write(path, content) {
      const file = join(run, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
      return file
    },
    start: (args, start = {}) => startProgram(args, { cwd: run, ...start, env: { HOLDFAST_STATE: join(top, 'state'), ...start.env } }),
    processes: () => processesIn(top),
    leftOver: () => processesIn(top).map(({ text }) => text),
    atEnd: (clean) => {
      cleaners.push(clean)
    },
  }
  t.after(() => {
    for (const clean of cleaners) clean()
    for (const { pid } of processesIn(top)) kill(pid)
    rmSync(top, { recursive: true, force: true })
  })
  return place
}

function startProgram(args: readonly string[], start: Start & { readonly cwd: string }): Promise<Ended> {
  const { as = 'palhm', cwd, env, umask = '022', stdin = '', meanwhile } = start
  const program = as.includes('/') ? as : join(checkout, as)
  const bare = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8', NODE_COMPILE_CACHE: COMPILED }
  const child = spawn('/bin/sh', ['-c', 'umask "$0" && exec "$@"', umask, program, ...args], { cwd, env: { ...bare, ...env } })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A program that does not read its stdin is no fault.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), HANG_MS)
    child.on('error', reject)
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(late)
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    }
    child.on('close', end)
    // Behind the timers comes another reading of the pipes: what is in them is not lost where we were late.
    child.on('exit', (code, signal) => setTimeout(() => setImmediate(end, code, signal), PIPES_MS).unref())
    if (meanwhile !== undefined) meanwhile(child.pid ?? 0).catch(reject)
  })
}

/** What has its working folder there, dead ones that nobody waited for left out. */
function processesIn(folder: string): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => {
      try {
        const cwd = readlinkSync(`/proc/${name}/cwd`)
        if (cwd !== folder && !cwd.startsWith(`${folder}/`)) return []
        return [{ pid: Number(name), text: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }]
      } catch {
        return []
      }
    })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
