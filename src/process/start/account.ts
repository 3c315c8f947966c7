import { abortedAfter } from '../../lib/long-timer.ts'
import { ProcessError } from '../process-result.ts'
import { runTool, type ToolResult } from '../tool/run-tool.ts'
import { whyNotStarted } from '../tool/why-not-started.ts'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** How long to wait for an operation that is not a program of the plan. */
export interface Waiting {
  readonly signal: AbortSignal
  /** 0: the plan sets no limit. */
  readonly runMs: number
}

// Time limit for a directory server that is down.
const LOOK_UP_LIMIT_MS = 60_000

/**
 * Queries the name services of the host (nsswitch.conf(5)) for a user. Rejects with `process/not-started` if the user does not exist or the query
 * failed, with `process/too-long` or `process/aborted` if there was no answer in time.
 */
export async function lookUpAccount(name: string, { signal, runMs }: Waiting): Promise<Account> {
  const limitMs = Math.min(LOOK_UP_LIMIT_MS, runMs > 0 ? runMs : Infinity)
  const limit = abortedAfter(limitMs)
  const either = AbortSignal.any([signal, limit])
  const [uid, gid] = await Promise.all([runTool(['id', '-u', '--', name], [], either), runTool(['id', '-g', '--', name], [], either)])
  if (signal.aborted) throw new ProcessError('aborted', 'stopped before completion', { cause: signal.reason })
  if (limit.aborted)
    throw new ProcessError('too-long', `the name services did not find the user "${name}" within ${limitMs / 1000} s`, {
      hint: `Check them with "getent passwd ${name}", and the line "passwd" of /etc/nsswitch.conf.`,
    })
  if (uid.exitCode === 0 && gid.exitCode === 0) return { name, uid: Number(uid.stdout.trim()), gid: Number(gid.stdout.trim()) }
  // id(1) exits with 1 only for an unknown user.
  if (uid.exitCode === 1) throw new ProcessError('not-started', `unknown user "${name}"`, { hint: 'Correct the name, or create the user.' })
  throw new ProcessError('not-started', `could not look up the user "${name}": ${whyNot(uid.exitCode === 0 ? gid : uid)}`, {
    hint: `Check the output of "id ${name}".`,
  })
}

function whyNot({ exitCode, refusal }: ToolResult): string {
  if (refusal !== undefined) return whyNotStarted('id', refusal, 'coreutils').what
  return exitCode === undefined ? 'id was killed by a signal' : `id failed (exit code ${exitCode})`
}
