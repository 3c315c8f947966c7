import { hostname } from 'node:os'
import type { EvidenceLog } from '../../backup/evidence/evidence-log.ts'
import type { EvidenceFacts } from '../../backup/evidence/evidence-record.ts'
import type { Journal } from '../../journal/journal.ts'
import type { CheckRecord } from '../../journal/run-record.ts'
import type { Plan } from '../../plan/plan.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'

/** The same log; drills that are recorded are also recorded as checks of the sets, like those of `drill`. */
export function recordingDrills(
  log: EvidenceLog,
  { journal, plan }: { readonly journal: Pick<Journal, 'record'>; readonly plan: Plan },
): EvidenceLog {
  return {
    ...log,
    async append(facts) {
      if (facts.kind === 'drill') await journal.record(checkOf(facts, plan))
      return log.append(facts)
    },
  }
}

function checkOf({ step, task, storage, set, began, ended, end, level, problems, objects }: EvidenceFacts, plan: Plan): CheckRecord {
  const outcome = end === 'proven' || end === 'failed' ? end : 'inconclusive'
  const bytes = objects.reduce((sum, { bytes: of }) => sum + (typeof of === 'number' ? of : 0), 0)
  return {
    // Of the task that makes the sets, which can be another one than that of the drill.
    ...{ kind: 'drill', task: setsOf(plan).find((it) => it.step.name === step)?.task ?? task, step, storage, set, host: hostname() },
    ...{ began: new Date(began), ended: new Date(ended), good: outcome === 'proven', outcome },
    ...{ objects: objects.length, bytes: BigInt(bytes), problems, ...(level !== undefined && { target: level }) },
  }
}
