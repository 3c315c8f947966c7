import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { VERSION } from '../../lib/assets.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { drillRecordsOf } from '../keep/drill-records.ts'
import { readSmallObject } from '../set/read-small-object.ts'
import type { SideFiles } from '../set/side-files.ts'
import type { DrillResult } from './drill-result.ts'

/** The circumstances of a drill, in addition to its result. */
export interface DrillFacts {
  readonly task: string
  readonly step: string
  readonly storage: string
  readonly host: string
  readonly began: Date
  readonly ended: Date
}

/** The most bytes of a record that are read. */
const MOST_BYTES = 16 * 1024 * 1024

/** The name of the record of a drill, beside the set: `SET.BEGAN.END.drill`. Those of one set are in the order of their beginnings. */
function recordName({ set, end }: DrillResult, began: Date): string {
  return `${set}.${began.toISOString().replaceAll(/[-:.]/gu, '')}.${end}.drill`
}

/** The text of a record; `previous` are the bytes of the one before it. */
function renderDrillRecord(result: DrillResult, facts: DrillFacts, previous?: Buffer): string {
  const { task, step, storage, host, began, ended } = facts
  const { set, level, end, objects } = result
  const chain = previous === undefined ? null : createHash('sha256').update(previous).digest('hex')
  const head = { version: 1, tool: `holdfast ${VERSION}`, set, host, task, step, storage, began: began.toISOString(), ended: ended.toISOString() }
  return `${JSON.stringify({ ...head, level, end, previous: chain, objects }, undefined, 2)}\n`
}

/** Stores the record of a drill beside its set, chained to the one before it by its digest. Rejects with the errors of the storage. */
export async function storeDrillRecord(sideFiles: SideFiles, { result, facts }: DrillReport, call: OperationContext): Promise<void> {
  const last = drillRecordsOf(result.set, await sideFiles.names(`${result.set}.`, call)).at(-1)
  const previous = last === undefined ? undefined : await readSmallObject(await sideFiles.open(last, call), { key: last, mostBytes: MOST_BYTES })
  const text = renderDrillRecord(result, facts, previous)
  await sideFiles.put(recordName(result, facts.began), Readable.from([Buffer.from(text)], { objectMode: false }), call)
}

export interface DrillReport {
  readonly result: DrillResult
  readonly facts: DrillFacts
}
