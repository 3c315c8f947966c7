import { compareWithRecords } from '../evidence/compare-published.ts'
import { type EvidenceLog, keepEvidence } from '../evidence/evidence-log.ts'
import type { EvidenceFacts } from '../evidence/evidence-record.ts'
import type { SetStore } from '../set/set-store.ts'
import { type DrillResult, endOf } from './drill-result.ts'
import { type DrillDeps, drillSet, untried } from './drill-set.ts'
import { forgetAnswers } from './open-answers.ts'

export interface RecordedDrill {
  /** Absent: nothing is put on record. */
  readonly evidence: EvidenceLog | undefined
  readonly set: string
  readonly task: string
  /** The backup step. */
  readonly step: string
  /** The run, if the drill is part of one. */
  readonly run?: string
  /** Where the answers are kept until they are on record. Absent: nowhere. */
  readonly stateFolder?: string | undefined
  /** Whether the answers of an interrupted drill of the same set are used. Default: false. */
  readonly resume?: boolean
}

export interface DrillReport {
  readonly result: DrillResult
  readonly began: Date
  readonly ended: Date
  /** What is conspicuous about the records. */
  readonly notes: readonly string[]
}

/**
 * Drills a set, and records the drill: among the records of this host, and beside the set. It also fails if the set is not the one that was published,
 * according to the records. Rejects like `drillSet`.
 */
export async function drillOnRecord(
  sets: SetStore,
  { evidence, set, stateFolder, resume = false, ...of }: RecordedDrill,
  deps: DrillDeps,
): Promise<DrillReport> {
  const { clock, call } = deps
  const began = clock()
  const recorded = evidence && (await compareWithRecords(evidence, { sets, set, step: of.step }, call))
  const answersOf = stateFolder === undefined ? undefined : { stateFolder, step: of.step, storage: sets.label, level: deps.level }
  const drilled = await drillSet(sets, set, { ...deps, ...(answersOf && { answers: { of: answersOf, resume } }) })
  const result = withProblem(drilled, recorded?.problem, deps)
  const ended = clock()
  const notes = [...(recorded?.notes ?? [])]
  if (evidence !== undefined) {
    const facts = evidenceOf(result, { ...of, storage: sets.label, manifest: recorded?.manifest ?? null, began, ended })
    const note = await keepEvidence(evidence, { sets, facts }, call)
    if (note !== undefined) notes.push(note)
  }
  if (answersOf !== undefined) await forgetAnswers(answersOf, set)
  return { result, began, ended, notes }
}

function withProblem(result: DrillResult, problem: string | undefined, { onObject }: Pick<DrillDeps, 'onObject'>): DrillResult {
  if (problem === undefined) return result
  const manifest = untried('manifest.json', 'failed', problem)
  onObject?.(manifest)
  const objects = [...result.objects, manifest]
  return { ...result, objects, end: endOf(objects) }
}

type DrillContext = Pick<EvidenceFacts, 'task' | 'step' | 'storage' | 'manifest' | 'run'> & { readonly began: Date; readonly ended: Date }

function evidenceOf({ set, end, level, objects, warnings = [] }: DrillResult, { began, ended, ...facts }: DrillContext): EvidenceFacts {
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  const problems = objects.flatMap(({ path, reasons }) => reasons.map((reason) => `"${path}" ${reason}`))
  return { kind: 'drill', ...facts, set, ...times, end, level, problems: [...problems, ...warnings], objects: objects.map((it) => ({ ...it })) }
}
