import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { holdSignals, type Listen } from '../../src/app/host/held-signals.ts'
import { type CliHost, cliHostOn } from '../../src/cli/cli-host.ts'
import { runMain } from '../../src/cli/run-main.ts'
import type { Output } from '../../src/cli/terminal/output.ts'
import type { Failpoint } from '../../src/lib/failpoint.ts'
import { scaledMs } from '../support/time-limits.ts'
import { endThese, processesWith } from './processes-with.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')
const AT_POINT = join(checkout, 'test/programs/holdfast-at-point.ts')
// Starting takes a third of the time where what was compiled is kept.
const COMPILED = process.env['NODE_COMPILE_CACHE'] ?? join(checkout, 'node_modules/.cache/compiled-for-tests')
// A run that hangs is a failure of its test, not of the whole suite.
const HANG_MS = scaledMs(300_000)

export interface Ended {
  /** Null: ended by a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly failpoint?: Failpoint
  /** By default each run of an setup begins a minute after the one before, from 2020 on. */
  readonly clock?: () => Date
  /** Called with a function that hands a signal to the run, as the kernel would. */
  readonly onSignals?: (deliver: (signal: NodeJS.Signals) => void) => void
}

export interface StartOptions {
  /** Sends the program this signal at a point of its run: `['set-renamed', 'KILL']`, `['object-opened#2', 'TERM']`. */
  readonly at?: readonly [point: string, signal: string]
  /** Goes before the program: `['prlimit', '--fsize=4096']`. */
  readonly under?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly meanwhile?: (pid: number) => Promise<void>
}

/** A temporary folder of one test, with a configuration, the program's state, and a root for sets in it. */
export interface Setup {
  /** Unique, and a part of every path in here: whoever has it in his arguments, environment, folder or descriptors came from here. */
  readonly word: string
  readonly top: string
  readonly root: string
  readonly state: string
  /** Writes the configuration that every run of the setup uses. */
  configure(config: object): void
  /** The program in this process, which is the same thing and quicker: runs with their own world, one at a time. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>
  /** The program as a process of its own. */
  start(args: readonly string[], options?: StartOptions): Promise<Ended>
  /** Living processes that came from here, as command lines. */
  living(): readonly string[]
}

/** Whoever calls back when it ends: a test. */
export interface Ending {
  after(clean: () => void): void
}

/** Everything in it goes when the test ends: processes, `clean`, the folder. The name of the configuration's file tells its dialect. */
export function openSetup(t: Ending, clean: () => void = () => undefined, file = 'plan.json'): Setup {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-faults-')))
  const word = basename(top)
  const [root, state, config] = [join(top, 'root'), join(top, 'state'), join(top, file)]
  const env = { HOLDFAST_STATE: state }
  const nextMinute = minutes(new Date('2020-01-01T00:00:00Z'))
  mkdirSync(join(top, 'work'))
  t.after(() => {
    endThese(processesWith(word))
    clean()
    rmSync(top, { recursive: true, force: true })
  })
  return {
    word,
    top,
    root,
    state,
    configure: (value) => writeFileSync(config, JSON.stringify(value)),
    run: (args, { clock = nextMinute(), ...options } = {}) => runHere(['-f', config, ...args], { env, clock, ...options }),
    start: (args, options = {}) => startThere(['-f', config, ...args], { ...options, cwd: join(top, 'work'), env: { ...env, ...options.env } }),
    living: () => processesWith(word).map(({ text }) => text),
  }
}

/** Clocks that stand still, each a minute later than the one before. */
function minutes(first: Date): () => () => Date {
  let count = 0
  return () => {
    const now = new Date(first.getTime() + 60_000 * count++)
    return () => now
  }
}

async function runHere(
  args: readonly string[],
  { env, clock, failpoint, onSignals }: RunOptions & { readonly env: CliHost['env']; readonly clock: CliHost['clock'] },
): Promise<Ended> {
  const handlers = new Map<NodeJS.Signals, () => void>()
  const listen: Listen = (signal, handler) => {
    handlers.set(signal, handler)
    return () => handlers.delete(signal)
  }
  onSignals?.((signal) => handlers.get(signal)?.())
  const [stdout, stderr] = [memoryOutput(), memoryOutput()]
  const signals = holdSignals(listen)
  const host = cliHostOn({ stdout, stderr }, { env, uid: process.getuid?.() ?? -1, clock, signals, ...(failpoint && { failpoint }) })
  const exit = await runMain(args, host)
  return { code: exit.signal === undefined ? exit.code : null, signal: exit.signal ?? null, stdout: stdout.text(), stderr: stderr.text() }
}

function memoryOutput(): Output & { text(): string } {
  let written = ''
  return {
    write: (text) => {
      written += text
    },
    text: () => written,
    isTerminal: false,
    columns: () => 80,
    flushed: async () => true,
    trouble: () => undefined,
  }
}

function startThere(args: readonly string[], { at, under = [], env = {}, meanwhile, cwd }: StartOptions & { readonly cwd: string }): Promise<Ended> {
  const program = at === undefined ? [join(checkout, 'holdfast')] : [process.execPath, AT_POINT, ...at, '--']
  const [file = '', ...rest] = [...under, ...program, ...args]
  // Files, not pipes: a process that outlives the program would hold those open, and we would wait for it.
  const child = spawn(file, rest, {
    cwd,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const watching = meanwhile?.(child.pid ?? 0) ?? Promise.resolve()
  const ended = new Promise<Ended>((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), HANG_MS)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(late)
      // What it wrote is in the pipes by now; whoever it left behind may hold them open, and is not waited for.
      const end = () => {
        for (const name of ['stdout', 'stderr'] as const) child[name].destroy()
        resolve({ code, signal, ...output })
      }
      // Behind the timers comes another reading of the pipes: what is in them is not lost where we were late.
      setTimeout(() => setImmediate(end), 20)
    })
    watching.catch(reject)
  })
  return watching.then(() => ended)
}
