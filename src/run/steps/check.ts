import { CheckError } from '../../check/check-result.ts'
import { runCheck } from '../../check/run-check.ts'
import type { CheckStep } from '../../plan/check.ts'
import type { StepContext } from '../run-context.ts'

/**
 * Runs the check and emits its result. A warning is a note of the run. Rejects with `check/failed`, and with `check/unknown` if there is no answer:
 * an unknown state is not sufficient to continue.
 */
export async function runCheckStep({ name, check }: CheckStep, { deps, task, note }: StepContext): Promise<undefined> {
  const { plan, processes, clock, call } = deps
  const openSets = (spec: Parameters<typeof deps.openSets>[0]) => deps.openSets(spec, note)
  const { status, reason, hint, facts } = await runCheck(check, { plan, processes, clock, openSets }, call.signal)
  // A check that was stopped has no result.
  if (call.signal.aborted) throw new CheckError('aborted', 'stopped before completion', { cause: call.signal.reason })
  const result = { status, reason, facts, ...(hint !== undefined && { hint }) }
  deps.emit({ kind: 'check-ended', task, check: check.kind, ...(name !== undefined && { name }), ...result })
  if (status === 'warn') note(reason)
  if (status === 'fail') throw new CheckError('failed', reason, { hint })
  if (status === 'unknown') throw new CheckError('unknown', reason, { hint })
}
