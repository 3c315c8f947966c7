import { createHash } from 'node:crypto'
import type { EvidenceFacts, EvidenceObject } from '../../../backup/evidence/evidence-record.ts'
import { formatSetName } from '../../../backup/set/set-name.ts'
import type { Plan } from '../../../plan/plan.ts'
import type { OwnedTarget } from '../../../plan/steps/sets-of.ts'
import { placeOf } from '../../../plan/steps/storages-of.ts'
import { openHostJournal } from '../../host/host-journal.ts'
import { openEvidence } from '../../host/open-evidence.ts'
import { recordingDrills } from '../../runs/record-drills.ts'
import type { WebHost } from '../web-host.ts'

const DRILLED_EVERY = 7
/** The newest drilled set, from the newest one back. */
const DRILLED_FIRST = 2

/** Puts the sets that began at these times on record, oldest first, and drills of every seventh of them. */
export async function makeDemoEvidence(
  { plan, host }: { readonly plan: Plan; readonly host: WebHost },
  places: readonly OwnedTarget[],
  begins: readonly Date[],
) {
  const journal = openHostJournal(host)
  let at = host.clock()
  const log = recordingDrills(openEvidence(journal, { ...host, clock: () => at }), { journal, plan })
  const append = async (facts: EvidenceFacts) => {
    at = new Date(facts.ended)
    await log.append(facts)
  }
  try {
    for (const [index, began] of begins.entries()) {
      for (const place of places) await append(publicationOf(place, began))
      const fromEnd = begins.length - 1 - index
      const [first] = places
      const ended = began.getTime() + 3_700_000
      if (first !== undefined && fromEnd % DRILLED_EVERY === DRILLED_FIRST && ended < host.clock().getTime())
        await append(drillOf(first, began, fromEnd === DRILLED_FIRST + DRILLED_EVERY))
    }
  } finally {
    await journal.close()
  }
}

function namesOf({ task, step, target }: OwnedTarget, began: Date) {
  const set = formatSetName(began, 'basic')
  const manifest = createHash('sha256').update(set).digest('hex')
  return { task, step: step.name, storage: placeOf(target.storage) ?? target.storage.kind, set, manifest }
}

function publicationOf(place: OwnedTarget, began: Date): EvidenceFacts {
  const ended = new Date(began.getTime() + 240_000)
  const objects = [{ path: 'shop.sql.gz', kind: 'postgresql', bytes: 60_000, filters: ['gzip'], durationMs: 95_000 }]
  return { kind: 'published', ...namesOf(place, began), ...timesOf(began, ended), end: 'complete', problems: [], objects }
}

/** An hour after the set was made. `lacksRoom`: it could not be tried. */
function drillOf(place: OwnedTarget, of: Date, lacksRoom: boolean): EvidenceFacts {
  const began = new Date(of.getTime() + 3_600_000)
  const reasons = lacksRoom ? ['was not restored: 12.4 GiB are needed, 9.1 GiB are free'] : []
  const object: EvidenceObject = {
    path: 'shop.sql.gz',
    end: lacksRoom ? 'inconclusive' : 'proven',
    ...(lacksRoom ? {} : { into: 'a temporary PostgreSQL server', restoredMs: 31_000 }),
    reasons,
    asked: ['SHA-256 of the stored bytes', ...(lacksRoom ? [] : ['tables and their rows', 'constraints and indexes', 'check "orders of yesterday"'])],
    notAsked: ['owners and rights'],
    bytes: 220_000_000,
    durationMs: 52_000,
  }
  const problems = reasons.map((it) => `"${object.path}" ${it}`)
  const times = timesOf(began, new Date(began.getTime() + 52_000))
  return { kind: 'drill', ...namesOf(place, of), ...times, end: String(object['end']), level: 'full', problems, objects: [object] }
}

function timesOf(began: Date, ended: Date) {
  return { began: began.toISOString(), ended: ended.toISOString() }
}
