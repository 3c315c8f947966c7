import { formatDuration, printable } from '../lib/format.ts'
import { startTimer } from '../lib/long-timer.ts'
import type { CheckSpec } from '../plan/check.ts'
import type { CheckContext, CheckDeps } from './check-deps.ts'
import { type CheckResult, unknownOf } from './check-result.ts'
import { checkDiskSpace } from './disk-space/disk-space.ts'
import { checkDnssec } from './dnssec/dnssec.ts'
import { checkFreshness } from './freshness/freshness.ts'
import { checkByPlugin } from './plugin/plugin.ts'

type Checker<K extends CheckSpec['kind']> = (check: Extract<CheckSpec, { kind: K }>, context: CheckContext) => Promise<CheckResult>

const checkers: { readonly [K in CheckSpec['kind']]: Checker<K> } = {
  dnssec: checkDnssec,
  'disk-space': checkDiskSpace,
  freshness: checkFreshness,
  exec: checkByPlugin,
}

// The parts are stopped shortly before the deadline, so that the results of finished parts are still reported, and programs can be ended.
const STOP_MS = 1000

/**
 * Runs a check, and resolves within its own time limit. Never rejects: a missing answer is `unknown`, with the reason. Calls that still wait for a
 * dead mount or a silent server are not awaited. If `signal` is aborted: unknown, soon.
 */
export async function runCheck(check: CheckSpec, deps: CheckDeps, signal: AbortSignal): Promise<CheckResult> {
  const { timeoutMs } = check
  const limit = new AbortController()
  const late = Promise.withResolvers<'late'>()
  const stopTimers = [
    startTimer(timeoutMs - Math.min(STOP_MS, timeoutMs / 2), () => limit.abort()),
    startTimer(timeoutMs, () => late.resolve('late')),
  ]
  const context: CheckContext = { ...deps, signal: AbortSignal.any([signal, limit.signal]) }
  try {
    const answer = await Promise.race([dispatch(check, context), late.promise])
    return clean(answer === 'late' ? noAnswer(timeoutMs) : answer)
  } catch (error) {
    return clean(limit.signal.aborted ? noAnswer(timeoutMs) : unknownOf(error))
  } finally {
    for (const stop of stopTimers) stop()
  }
}

function dispatch<K extends CheckSpec['kind']>(check: Extract<CheckSpec, { kind: K }>, context: CheckContext): Promise<CheckResult> {
  const checker: Checker<K> = checkers[check.kind as K]
  return checker(check, context)
}

function noAnswer(timeoutMs: number): CheckResult {
  const hint = 'Check what it waits for, such as a server or mount that is down, or increase its time limit.'
  return { status: 'unknown', reason: `timed out after ${formatDuration(timeoutMs)}`, hint, facts: [] }
}

const MAX_REASON_CHARS = 1000

/** One line of limited length, whatever a program or a server returned. */
function clean(result: CheckResult): CheckResult {
  const reason = printable(result.reason.replaceAll(/\s+/gu, ' ').trim())
  return { ...result, reason: reason.length <= MAX_REASON_CHARS ? reason : `${reason.slice(0, MAX_REASON_CHARS - 1)}…` }
}
