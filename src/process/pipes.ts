import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, closeSync, constants, mkdtempSync, openSync, readdirSync, readlinkSync, rmdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProcessError } from './result.ts'
import { runTool, TOOL_ENVIRONMENT } from './run-tool.ts'

/** One kernel pipe. The three descriptors are open file descriptions of their own. */
export interface Pipe {
  /** For the process that reads; blocking. */
  readonly readFd: number
  /** For the process that writes; blocking. */
  readonly writeFd: number
  /** Ours: keeps the read end open without reading; non-blocking. */
  readonly keeperFd: number
  /** What `/proc/PID/fd/N` shows for it: whoever holds it descends from this run. */
  readonly mark: string
}

/** Makes pipes for one run; a few are made ahead. */
export interface Pipes {
  take(count: number): Promise<readonly Pipe[]>
  close(): void
}

const BATCH = 24
const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants

/**
 * Node cannot call pipe(2). A FIFO in a private folder, opened and then unlinked, is the same thing (fifo(7)). Where no folder is
 * writable, anonymous pipes are taken from helper processes through `/proc/PID/fd`.
 */
export function openPipes(runId: string): Pipes {
  let ready: Pipe[] = []
  let making: Promise<unknown> = Promise.resolve()
  const refill = async (count: number) => {
    if (ready.length < count) ready.push(...(await makePipes(runId, Math.max(BATCH, count - ready.length))))
  }
  return {
    async take(count) {
      // One after another: two takers must not count the same pipes as theirs.
      const taken = making.then(async () => {
        await refill(count)
        return ready.splice(0, count)
      })
      making = taken.catch(() => undefined)
      return await taken
    },
    close() {
      for (const pipe of ready) closePipe(pipe)
      ready = []
    },
  }
}

export function closePipe(pipe: Pipe): void {
  closeSync(pipe.readFd)
  closeSync(pipe.writeFd)
  closeSync(pipe.keeperFd)
}

/** Folders whose files are kept in memory alone, best first. */
export function memoryFolders(): readonly string[] {
  return ['/dev/shm', '/run']
}

/** Where FIFOs may be made, best first: in memory, so that a full or dead disk does not matter. */
function fifoFolders(): readonly string[] {
  return ['/dev/shm', '/run', tmpdir(), '/tmp', '/var/tmp']
}

/** Folder names of a run's FIFOs begin so; a sweep removes what a kill left of them. */
export function fifoPrefix(runId: string): string {
  return `holdfast-${runId}-`
}

/** Removes folders that a killed run left between making and unlinking its FIFOs (some milliseconds of its life). */
export function removeFifoFolders(runId: string): void {
  for (const base of fifoFolders()) {
    for (const name of namesIn(base).filter((it) => it.startsWith(fifoPrefix(runId)))) {
      const folder = join(base, name)
      for (const fifo of namesIn(folder)) unlinkSync(join(folder, fifo))
      rmdirSync(folder)
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

async function makePipes(runId: string, count: number): Promise<readonly Pipe[]> {
  for (const base of fifoFolders()) {
    const pipes = await fifosIn(base, runId, count)
    if (pipes !== undefined) return pipes
  }
  return await borrowedPipes(count)
}

async function fifosIn(base: string, runId: string, count: number): Promise<readonly Pipe[] | undefined> {
  let folder: string
  try {
    folder = mkdtempSync(join(base, fifoPrefix(runId)))
  } catch {
    return undefined
  }
  const paths = Array.from({ length: count }, (_, index) => join(folder, String(index)))
  try {
    chmodSync(folder, 0o700)
    const { exitCode } = await runTool(['mkfifo', '-m', '600', '--', ...paths])
    return exitCode === 0 ? paths.map(openFifo) : undefined
  } catch {
    return undefined
  } finally {
    for (const name of namesIn(folder)) unlinkSync(join(folder, name))
    rmdirSync(folder)
  }
}

function openFifo(path: string): Pipe {
  // Opened read-write first: with a reader and a writer there, the other opens do not wait for a partner.
  const anchor = openSync(path, O_RDWR | O_NONBLOCK)
  const pipe = openEnds(path)
  closeSync(anchor)
  unlinkSync(path)
  return { ...pipe, mark: readlinkSync(`/proc/self/fd/${pipe.keeperFd}`) }
}

function openEnds(path: string): Omit<Pipe, 'mark'> {
  return { readFd: openSync(path, O_RDONLY), writeFd: openSync(path, O_WRONLY), keeperFd: openSync(path, O_RDONLY | O_NONBLOCK) }
}

// Each inner shell has the read end of a pipe as its stdin; it tells its pid on fd 3 and waits to be ended. Not its stdout: while it tells its pid,
// the shell itself has something else there.
const LENDER = 'i=0; while [ "$i" -lt "$1" ]; do : | sh -c \'echo $$ >&3; exec sleep 60\' & i=$((i+1)); done; wait'

/** Anonymous pipes, taken from processes that are ended at once. */
export async function borrowedPipes(count: number): Promise<readonly Pipe[]> {
  const lender = spawn('/bin/sh', ['-c', LENDER, 'sh', String(count)], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: TOOL_ENVIRONMENT,
    detached: true,
  })
  try {
    const pids = await lentBy(lender, count)
    return pids.map((pid) => {
      const ends = openEnds(`/proc/${pid}/fd/0`)
      return { ...ends, mark: readlinkSync(`/proc/self/fd/${ends.keeperFd}`) }
    })
  } catch (cause) {
    throw new ProcessError('not-started', 'cannot make pipes: no folder is writable and /proc lends none', {
      cause,
      hint: 'Let /dev/shm, /run or TMPDIR be writable.',
    })
  } finally {
    if (lender.pid !== undefined) process.kill(-lender.pid, 'SIGKILL')
  }
}

function lentBy(lender: ChildProcess, count: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    let text = ''
    lender.on('error', reject)
    lender.stdio[3]?.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const pids = text.split('\n').slice(0, -1).map(Number)
      if (pids.length === count) resolve(pids)
    })
    lender.on('exit', () => {
      reject(new Error('the lending shell ended'))
    })
  })
}
