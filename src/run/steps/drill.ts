import { chooseDrillSet } from '../../backup/drill/choose-drill-set.ts'
import { describeDrill, describeObjectDrills } from '../../backup/drill/describe-drill.ts'
import { drillOnRecord } from '../../backup/drill/drill-record.ts'
import { isGood } from '../../backup/drill/drill-result.ts'
import { BackupError } from '../../backup/set/errors.ts'
import type { DrillStep } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import type { StepContext } from '../run-context.ts'
import { reportDrill } from './report-drill.ts'

/**
 * Drills one set, and puts that on record. Rejects with `backup/not-proven` if it failed; an inconclusive drill is a note. Rejects if there is no set.
 */
export async function runDrill(step: DrillStep, { deps, task, emit, note }: StepContext): Promise<undefined> {
  const { call, clock, processes } = deps
  const { sets, close } = await deps.openSets(step.from.storage, note)
  try {
    const set = await chooseDrillSet(sets, { wanted: step.set, random: Math.random }, call)
    if (set === undefined) throw new BackupError('no-set', `no set of "${step.name}" found on ${describeStorage(step.from.storage)}`)
    const { progressMs } = deps
    const report = reportDrill({ step: step.name, set, storage: sets.label, progressMs, nowMs: () => performance.now(), emit })
    const { result, notes } = await drillOnRecord(
      sets,
      { evidence: deps.evidence, set, task, step: step.name, run: deps.runId, stateFolder: deps.stateFolder },
      {
        ...{ level: step.level, processes, limits: deps.limits.pipelines, call, clock, random: Math.random },
        keys: (await deps.restoreKeys?.()) ?? { environment: {} },
        workers: deps.plan.tasks.get(task)?.workers ?? deps.plan.workers,
        checks: step.checks,
        ...report,
        ...(step.memoryBytes !== undefined && { memoryBytes: step.memoryBytes }),
        ...(step.folder !== undefined && { base: step.folder }),
      },
    )
    for (const text of notes) note(text)
    for (const text of describeObjectDrills(result.objects.filter(({ end }) => !isGood(end)))) note(text)
    for (const warning of result.warnings ?? []) note(`${set}: ${warning}`)
    if (result.end === 'failed') throw new BackupError('not-proven', describeDrill(result), { hint: 'See the notes of the run, and make a new set.' })
    if (result.end === 'inconclusive') note(describeDrill(result))
  } finally {
    await close()
  }
}
