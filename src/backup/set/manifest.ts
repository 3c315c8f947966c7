import { VERSION } from '../../lib/assets.ts'
import type { Coverage } from './coverage.ts'
import type { DumpFacts } from './dump-facts.ts'

/** The version of the format that Holdfast writes; `docs/format/manifest.md` specifies it. */
export const MANIFEST_VERSION = 1

/** `manifest.json`: the contents of a set. Its presence makes the set complete. */
export interface Manifest {
  readonly version: number
  /** `holdfast` and its version. */
  readonly tool: string
  readonly set: string
  readonly host: string
  /** The same for all sets of a host, also after it was renamed. Absent: unknown. */
  readonly hostId?: string
  readonly run: string
  readonly task: string
  readonly step: string
  /** ISO 8601 UTC. */
  readonly began: string
  readonly ended: string
  /** Why the set may lack data that it should have. Absent: nothing is conspicuous. */
  readonly suspicious?: readonly string[]
  /** Paths of objects of the step that could not be made: the set is incomplete. Absent: none. */
  readonly failed?: readonly string[]
  readonly objects: readonly ObjectRecord[]
}

export interface ObjectRecord {
  readonly path: string
  readonly bytes: number
  /** Lower-case hex of the stored bytes. */
  readonly sha256: string
  readonly stages: readonly StageRecord[]
  /** The reversible filters between the source and the stored bytes, in order (`zstd`, `gzip`, `xz`, …). */
  readonly filters: readonly string[]
  /** `tar`: the input of the filters is a tar archive. Absent: unknown. */
  readonly source?: 'tar'
  /** The kind of data by the plan: `files`, `postgresql`, … Absent: only the commands are known. */
  readonly kind?: string
  /** Facts about the source: the version of a server, the number of files. */
  readonly facts?: Readonly<Record<string, string | number>>
  /** What it covers of its source. Absent: unknown. */
  readonly coverage?: Coverage
  /** What its source wrote. Absent: not observed. */
  readonly dump?: DumpFacts
}

/** One process of the object's pipeline. Without argv, which may contain a password. */
export interface StageRecord {
  readonly program: string
  readonly exec?: string
  readonly exitCode?: number
  readonly signal?: string
  readonly durationMs: number
}

/** The contents of a manifest known before the set has a name. */
export interface ManifestFacts {
  readonly host: string
  readonly hostId?: string | undefined
  readonly runId: string
  readonly task: string
  readonly step: string
  readonly began: Date
  readonly ended: Date
  readonly suspicious?: readonly string[]
  readonly failed?: readonly string[]
  readonly objects: readonly ObjectRecord[]
}

/** The manifest of a set with this name. */
export function createManifest(set: string, { host, hostId, runId, task, step, began, ended, suspicious, failed, objects }: ManifestFacts): Manifest {
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  const doubts = { ...(suspicious !== undefined && { suspicious }), ...(failed !== undefined && { failed }) }
  const name = { host, ...(hostId !== undefined && { hostId }) }
  return { version: MANIFEST_VERSION, tool: `holdfast ${VERSION}`, set, ...name, run: runId, task, step, ...times, ...doubts, objects }
}
