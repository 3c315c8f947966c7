import { sha256Of } from '../set/checksums.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import { createManifest, type ManifestFacts } from '../set/manifest.ts'
import { renderManifest } from '../set/manifest-text.ts'
import type { EvidenceFacts, EvidenceObject } from './evidence-record.ts'

/** The numbers of an object by which it is compared with its history. */
export interface ObjectNumbers {
  readonly path: string
  /** As stored. */
  readonly bytes: number
  readonly filters: readonly string[]
  readonly kind?: string
  /** Files, or entries of a directory. */
  readonly entries?: number
  /** Before the filters. */
  readonly dumpBytes?: number
  /** Of all tables. */
  readonly rows?: number
  /** Of the largest tables. */
  readonly tables?: Readonly<Record<string, number>>
  readonly durationMs: number
}

// A record is small, whatever the dump is.
const MOST_TABLES = 20

export function numbersOf({ path, bytes, filters, kind, facts, dump, stages }: ObjectRecord): ObjectNumbers {
  const entries = facts?.['entries']
  const rows = dump?.rows && Object.entries(dump.rows)
  return {
    path,
    bytes,
    filters,
    ...(kind !== undefined && { kind }),
    ...(typeof entries === 'number' && { entries }),
    ...(dump && { dumpBytes: dump.bytes }),
    ...(rows && { rows: rows.reduce((sum, [, count]) => sum + count, 0), tables: Object.fromEntries(largest(rows)) }),
    durationMs: Math.max(0, ...stages.map(({ durationMs }) => durationMs)),
  }
}

function largest(rows: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  return rows.toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, MOST_TABLES)
}

export interface Publication {
  readonly set: string
  readonly storage: string
  readonly facts: ManifestFacts
}

/** The record of a publication: the bytes of the set by digest, and the facts of its objects. */
export function publicationOf({ set, storage, facts }: Publication): EvidenceFacts {
  const { task, step, began, ended, runId, suspicious = [], failed = [], objects } = facts
  return {
    kind: 'published',
    ...{ task, step, storage, set },
    manifest: sha256Of(renderManifest(createManifest(set, facts))),
    began: began.toISOString(),
    ended: ended.toISOString(),
    end: failed.length > 0 ? 'incomplete' : suspicious.length > 0 ? 'suspicious' : 'complete',
    run: runId,
    problems: [...suspicious, ...failed.map((path) => `"${path}" could not be made`)],
    objects: objects.map(objectOf),
  }
}

function objectOf(record: ObjectRecord): EvidenceObject {
  const { sha256, dump } = record
  return { ...numbersOf(record), sha256, ...(dump && { dump: { sha256: dump.sha256, ...(dump.schema !== undefined && { schema: dump.schema }) } }) }
}
