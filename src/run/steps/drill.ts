import { hostname } from 'node:os'
import { chooseDrillSet } from '../../backup/drill/choose-drill-set.ts'
import { describeDrill, describeObjectDrill } from '../../backup/drill/describe-drill.ts'
import { type DrillReport, storeDrillRecord } from '../../backup/drill/drill-record.ts'
import { drillSet } from '../../backup/drill/drill-set.ts'
import { BackupError } from '../../backup/set/errors.ts'
import type { SideFiles } from '../../backup/set/side-files.ts'
import { messageOf } from '../../lib/errors.ts'
import type { DrillStep } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { StepContext } from '../run-context.ts'

/**
 * Drills one set, and stores the record beside it. Rejects with `backup/not-proven` if it failed; an inconclusive drill is a note. Rejects if there is no set.
 */
export async function runDrill(step: DrillStep, { deps, task, note }: StepContext): Promise<undefined> {
  const { call, clock, processes } = deps
  const { sets, close } = await deps.openSets(step.from.storage, note)
  try {
    const set = await chooseDrillSet(sets, { wanted: step.set, random: Math.random }, call)
    if (set === undefined) throw new BackupError('no-set', `no set of "${step.name}" found on ${describeStorage(step.from.storage)}`)
    const began = clock()
    const result = await drillSet(sets, set, {
      ...{ level: step.level, processes, limits: deps.limits.pipelines, call, clock, random: Math.random },
      keys: (await deps.restoreKeys?.()) ?? { environment: {} },
      ...(step.folder !== undefined && { base: step.folder }),
    })
    const facts = { task, step: step.name, storage: sets.label, host: hostname(), began, ended: clock() }
    await keepRecord(sets.sideFiles, { result, facts }, { call, note })
    for (const object of result.objects) if (object.end !== 'proven') note(describeObjectDrill(object))
    for (const warning of result.warnings ?? []) note(`${set}: ${warning}`)
    if (result.end === 'failed') throw new BackupError('not-proven', describeDrill(result), { hint: 'See the notes of the run, and make a new set.' })
    if (result.end === 'inconclusive') note(describeDrill(result))
  } finally {
    await close()
  }
}

async function keepRecord(
  sideFiles: SideFiles | undefined,
  report: DrillReport,
  { call, note }: { readonly call: OperationContext; readonly note: StepContext['note'] },
): Promise<void> {
  try {
    if (sideFiles !== undefined) await storeDrillRecord(sideFiles, report, call)
  } catch (error) {
    if (call.signal.aborted) throw error
    note(`could not store the record of the drill: ${messageOf(error)}`)
  }
}
