import { abortedAfter } from '../lib/long-timer.ts'
import { ProcessError } from './result.ts'
import { runTool, type ToolResult } from './run-tool.ts'
import { shortageOf } from './shortage.ts'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** How long something may be waited for that is no program of the plan. */
export interface Waiting {
  readonly signal: AbortSignal
  /** 0 = no limit of the plan's. */
  readonly runMs: number
}

// Nobody waits longer for a directory server that is down.
const LOOK_UP_LIMIT_MS = 60_000

/**
 * Asks the name services of the host (nsswitch.conf(5)) for a user. Rejects with `process/not-started` when there is no such user or they could not be asked,
 * with `process/too-long` or `process/aborted` when the answer did not come in time.
 */
export async function lookUpAccount(name: string, { signal, runMs }: Waiting): Promise<Account> {
  const limitMs = Math.min(LOOK_UP_LIMIT_MS, runMs > 0 ? runMs : Infinity)
  const limit = abortedAfter(limitMs)
  const either = AbortSignal.any([signal, limit])
  const [uid, gid] = await Promise.all([runTool(['id', '-u', '--', name], [], either), runTool(['id', '-g', '--', name], [], either)])
  if (signal.aborted) throw new ProcessError('aborted', 'stopped before it was done', { cause: signal.reason })
  if (limit.aborted)
    throw new ProcessError('too-long', `the name services did not tell within ${limitMs / 1000} s who "${name}" is`, {
      hint: `See which of them does not answer: "getent passwd ${name}", and the line "passwd" of /etc/nsswitch.conf.`,
    })
  if (uid.exitCode === 0 && gid.exitCode === 0) return { name, uid: Number(uid.stdout.trim()), gid: Number(gid.stdout.trim()) }
  // id(1) ends with 1 for a user that is not known, and for nothing else.
  if (uid.exitCode === 1)
    throw new ProcessError('not-started', `there is no user "${name}" on this host`, { hint: 'Correct the name, or make the user.' })
  throw new ProcessError('not-started', `cannot find out who the user "${name}" is: ${whyNot(uid.exitCode === 0 ? gid : uid)}`, {
    hint: `See what "id ${name}" says.`,
  })
}

function whyNot({ exitCode, refusal }: ToolResult): string {
  if (refusal !== undefined) return shortageOf(refusal)?.what ?? `the program "id" cannot be started (${refusal})`
  return exitCode === undefined ? '"id" was ended by a signal' : `"id" ended with exit code ${exitCode}`
}
