import { VERSION } from '../../lib/assets.ts'

/** Our version of the format; `docs/format/manifest.md` specifies it to the byte. */
export const MANIFEST_VERSION = 1

/** `manifest.json`: what a set holds. Its presence is the commit. */
export interface Manifest {
  readonly version: number
  /** `holdfast` and its version. */
  readonly tool: string
  readonly set: string
  readonly host: string
  readonly run: string
  readonly task: string
  readonly step: string
  /** ISO 8601 UTC. */
  readonly began: string
  readonly ended: string
  readonly objects: readonly ObjectRecord[]
}

export interface ObjectRecord {
  readonly path: string
  readonly bytes: number
  /** Lower-case hex of the stored bytes. */
  readonly sha256: string
  readonly stages: readonly StageRecord[]
  /** Filters between the source and the stored bytes, in order, where we know how to undo them (`zstd`, `gzip`, `xz`, …). */
  readonly filters: readonly string[]
  /** `tar`: what the filters were given is a tar archive. Absent: not known. */
  readonly source?: 'tar'
  /** What kind of thing the plan says it holds: `files`, `postgresql`, … Absent: only its commands are known. */
  readonly kind?: string
  /** What was found out about the source: a server's version, the number of files. */
  readonly facts?: Readonly<Record<string, string | number>>
}

/** One process of the object's pipeline. No argv: an unmodified argv may hold a password. */
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
  readonly runId: string
  readonly task: string
  readonly step: string
  readonly began: Date
  readonly ended: Date
  readonly objects: readonly ObjectRecord[]
}

/** The manifest of a set with this name. */
export function createManifest(set: string, { host, runId, task, step, began, ended, objects }: ManifestFacts): Manifest {
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  return { version: MANIFEST_VERSION, tool: `holdfast ${VERSION}`, set, host, run: runId, task, step, ...times, objects }
}
