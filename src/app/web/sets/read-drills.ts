import { type EvidenceObject, type EvidenceRecord, readRecord } from '../../../backup/evidence/evidence-record.ts'
import type { Journal } from '../../../journal/journal.ts'
import type { Plan } from '../../../plan/plan.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'

type End = 'proven' | 'failed' | 'inconclusive'

export interface DrillObjectView {
  readonly path: string
  readonly end: End | 'read'
  readonly into: string | null
  readonly reasons: string[]
  readonly asked: string[]
  readonly notAsked: string[]
  readonly bytes: number | null
  readonly durationMs: number | null
  readonly restoredMs: number | null
}

/** A drill with its questions and answers, from its record in the journal. */
export interface DrillView {
  readonly task: string
  readonly step: string
  /** The task that makes the sets of the step; null: it is not in the plan. */
  readonly owner: string | null
  readonly storage: string
  readonly set: string
  readonly run: string | null
  readonly began: string
  readonly ended: string
  readonly end: End
  readonly level: string | null
  readonly problems: string[]
  readonly objects: DrillObjectView[]
}

/** The task of the backup step with this name. */
export function ownerOf(plan: Plan, step: string): string | null {
  return setsOf(plan).find((it) => it.step.name === step)?.task ?? null
}

export interface DrillSource {
  readonly journal: Journal
  readonly plan: Plan
}

export interface DrillsOfRun {
  readonly run: string
  /** The tasks of its steps. */
  readonly tasks: readonly string[]
  readonly began: Date
}

/** The drills of a run, in their order. */
export async function drillsOfRun({ journal, plan }: DrillSource, { run, tasks, began }: DrillsOfRun): Promise<DrillView[]> {
  const texts = await Promise.all([...new Set(tasks)].map((task) => journal.evidence({ task, kinds: ['drill'], from: began })))
  return drillsIn(texts.flat(), plan)
    .filter((it) => it.run === run)
    .toSorted((a, b) => (a.began < b.began ? -1 : 1))
}

const MOST_OF_SET = 50

/** The drills of a set of this backup step, newest first. */
export async function drillsOfSet(
  { journal, plan }: DrillSource,
  { step, set }: { readonly step: string; readonly set: string },
): Promise<DrillView[]> {
  return drillsIn(await journal.evidence({ step, set, kinds: ['drill'], limit: MOST_OF_SET }), plan)
}

/** Records that were changed are reported by the evidence, not here. */
function drillsIn(texts: readonly string[], plan: Plan): DrillView[] {
  return texts.flatMap((text) => {
    const reading = readRecord(text)
    return reading.kind === 'changed' ? [] : [viewOf(reading.record, plan)]
  })
}

function viewOf({ task, step, storage, set, run, began, ended, end, level, problems, objects }: EvidenceRecord, plan: Plan): DrillView {
  const names = { task, step, owner: ownerOf(plan, step), storage, set, run: run ?? null }
  return { ...names, began, ended, end: endOf(end), level: level ?? null, problems: [...problems], objects: objects.map(objectOf) }
}

function objectOf({ path, end, into, reasons, asked, notAsked, bytes, durationMs, restoredMs }: EvidenceObject): DrillObjectView {
  const isRestored = typeof into === 'string'
  // Records of earlier versions: an object that was only read was "proven".
  const isRead = end === 'read' || (end === 'proven' && !isRestored)
  return {
    ...{ path, end: isRead ? 'read' : endOf(end), into: isRestored ? into : null },
    ...{ reasons: textsIn(reasons), asked: textsIn(asked), notAsked: textsIn(notAsked) },
    ...{ bytes: numberIn(bytes), durationMs: numberIn(durationMs), restoredMs: numberIn(restoredMs) },
  }
}

function endOf(end: unknown): End {
  return end === 'proven' || end === 'failed' ? end : 'inconclusive'
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((it) => typeof it === 'string') : []
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 ? value : null
}
