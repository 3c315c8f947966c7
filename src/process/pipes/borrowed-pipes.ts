import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants } from 'node:fs'
import { openKernelLink } from '../../files/kernel-files.ts'
import { procFolder } from '../identity/proc-folder.ts'
import { ProcessError } from '../process-result.ts'
import { startTool, TOOL_ENVIRONMENT } from '../tool/run-tool.ts'
import { openEnds, type Pipe } from './pipe-ends.ts'

// Each inner shell has the read end of a pipe as its stdin; it prints its PID to fd 3 and waits to be ended. Not to its stdout, which the shell uses
// for something else at that time.
const HOLDER_SCRIPT = 'i=0; while [ "$i" -lt "$1" ]; do : | sh -c \'echo $$ >&3; exec sleep 60\' & i=$((i+1)); done; wait'

/** Anonymous pipes, taken from processes that are ended immediately. */
export async function borrowedPipes(count: number): Promise<readonly Pipe[]> {
  const holder = startTool(() =>
    spawn('/bin/sh', ['-c', HOLDER_SCRIPT, 'sh', String(count)], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: TOOL_ENVIRONMENT,
      detached: true,
    }),
  )
  try {
    const pids = await pidsFrom(holder, count)
    return pids.map((pid) => {
      const anchor = openKernelLink(`${procFolder(pid)}/fd/0`, constants.O_RDWR | constants.O_NONBLOCK)
      try {
        return openEnds(anchor)
      } finally {
        closeSync(anchor)
      }
    })
  } catch (cause) {
    throw new ProcessError('not-started', 'could not create pipes: no folder is writable, and /proc does not provide them', {
      cause,
      hint: 'Make /dev/shm, /run or TMPDIR writable.',
    })
  } finally {
    if (holder.pid !== undefined) process.kill(-holder.pid, 'SIGKILL')
  }
}

function pidsFrom(holder: ChildProcess, count: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    let text = ''
    holder.on('error', reject)
    holder.stdio[3]?.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const pids = text.split('\n').slice(0, -1).map(Number)
      if (pids.length === count) resolve(pids)
    })
    holder.on('exit', () => {
      reject(new Error('the shell that provides the pipes ended'))
    })
  })
}
