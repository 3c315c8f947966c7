import { CheckError } from '../../check/result.ts'
import { runCheck } from '../../check/run-check.ts'
import type { CheckStep } from '../../plan/check.ts'
import type { StepContext } from '../run-context.ts'

/**
 * Asks, and tells the answer. A warning is a note of the run. Rejects with `check/failed`, and with `check/unknown` where there is no answer: what nobody
 * knows is no reason to go on.
 */
export async function runCheckStep({ name, check }: CheckStep, { deps, task, note }: StepContext): Promise<undefined> {
  const { plan, processes, clock, call } = deps
  const openSets = (spec: Parameters<typeof deps.openSets>[0]) => deps.openSets(spec, note)
  const { status, reason, hint, facts } = await runCheck(check, { plan, processes, clock, openSets }, call.signal)
  // That it was told to stop is no answer.
  if (call.signal.aborted) throw new CheckError('aborted', 'stopped before completion', { cause: call.signal.reason })
  const said = { status, reason, facts, ...(hint !== undefined && { hint }) }
  deps.emit({ kind: 'check-ended', task, check: check.kind, ...(name !== undefined && { name }), ...said })
  if (status === 'warn') note(reason)
  if (status === 'fail') throw new CheckError('failed', reason, { hint })
  if (status === 'unknown') throw new CheckError('unknown', reason, { hint })
}
