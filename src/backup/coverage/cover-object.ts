import type { ObjectSpec } from '../../plan/plan.ts'
import { coverFiles } from './cover-files.ts'
import { coverSqlite } from './cover-sqlite.ts'
import type { CoverDeps, Covered } from './covered.ts'

/** Determines what an object covers of its source, without reading it. Rejects if the source is not as the plan requires it. */
export async function coverObject(object: ObjectSpec, deps: CoverDeps): Promise<Covered> {
  if (object.source?.kind === 'files') return await coverFiles(object, object.source, deps)
  if (object.source?.kind === 'sqlite') return await coverSqlite(object, object.source.path, deps)
  return { object, notes: [], details: [] }
}
