import { VERSION } from '../../lib/assets.ts'
import { MANIFEST_VERSION, type Manifest } from './manifest.ts'
import type { ManifestFacts } from './set-store.ts'

/** The manifest of a set under the name that it got. */
export function manifestOf(set: string, { host, runId, task, step, began, ended, objects }: ManifestFacts): Manifest {
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  return { version: MANIFEST_VERSION, tool: `holdfast ${VERSION}`, set, host, run: runId, task, step, ...times, objects }
}
