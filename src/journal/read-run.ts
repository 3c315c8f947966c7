import type { Kysely } from 'kysely'
import { findRun } from './read-runs.ts'
import { objectOf, setOf, stageOf, stepOf, summaryOf } from './rows-read.ts'
import type { RecordedLine, RecordedStage, RunRecord } from './run-record.ts'
import { decideRunState, type Observer } from './run-state.ts'
import type { StageRow, Tables } from './tables.ts'

/** Everything recorded about the run with this `id`, as accepted by `findRun`. */
export async function readRun(db: Kysely<Tables>, id: string, observer: Observer): Promise<RunRecord> {
  const row = await findRun(db, id)
  const [steps, objects, stages, sets] = await Promise.all([
    db.selectFrom('steps').selectAll().where('run', '=', row.id).orderBy('number').execute(),
    db.selectFrom('objects').selectAll().where('run', '=', row.id).orderBy('step').orderBy('began').orderBy('path').execute(),
    db.selectFrom('stages').selectAll().where('run', '=', row.id).orderBy('step').orderBy('object').orderBy('place').execute(),
    db.selectFrom('sets').selectAll().where('run', '=', row.id).orderBy('number').execute(),
  ])
  const below = Map.groupBy(stages, ({ step, object }) => placeOf(step, object))
  const stagesOf = (step: number, object: string): readonly RecordedStage[] => below.get(placeOf(step, object))?.map(toStage) ?? []
  const objectsOf = Map.groupBy(objects, ({ step }) => step)
  return {
    ...summaryOf(row, decideRunState(row, observer)),
    steps: steps.map((step) =>
      stepOf(step, {
        stages: stagesOf(step.number, ''),
        objects: (objectsOf.get(step.number) ?? []).map((object) => objectOf(object, stagesOf(step.number, object.path))),
      }),
    ),
    sets: sets.map(setOf),
  }
}

/** The log of the run with this `id`, in order. */
export async function readLog(db: Kysely<Tables>, id: string): Promise<readonly RecordedLine[]> {
  const { id: run } = await findRun(db, id)
  const rows = await db.selectFrom('log').selectAll().where('run', '=', run).orderBy('number').execute()
  return rows.map(({ at, kind, level, text }) => ({ at: new Date(at), kind, level, text }))
}

function placeOf(step: number, object: string): string {
  return `${step}\0${object}`
}

function toStage(row: StageRow): RecordedStage {
  return stageOf(row)
}
