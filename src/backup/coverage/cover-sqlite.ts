import type { ObjectSpec } from '../../plan/plan.ts'
import { mountOf, readMountinfo } from '../../storage/root/mountinfo.ts'
import { quoted } from '../../storage/system-errors.ts'
import { BackupError } from '../set/errors.ts'
import type { CoverDeps, Covered } from './covered.ts'
import { requireAnswers } from './require-answers.ts'
import { requireThere, sourcePathOf } from './source-path.ts'

/**
 * A database of SQLite as it is on this host now. Rejects with `backup/no-source` if there is no such file; with `storage/unreachable` if its file system
 * gives no answer.
 */
export async function coverSqlite(object: ObjectSpec, path: string, deps: CoverDeps): Promise<Covered> {
  const mountinfo = readMountinfo()
  await requireAnswers([path], { ...deps, mountinfo })
  const found = await sourcePathOf(path)
  // The program that reads it reports why this user may not look there.
  if (found === undefined) return { object, notes: [], details: [] }
  const { real, targets, isFile } = requireThere(found)
  if (!isFile) throw new BackupError('no-source', `the database ${quoted(path)} is not a file`, { hint: 'Correct the path, or remove the object.' })
  const mount = mountOf(real, mountinfo)?.mountPoint
  const covered = { path, ...(targets.length > 0 && { target: real }), ...(mount !== undefined && { mount }) }
  return { object, coverage: { paths: [covered] }, notes: [], details: [] }
}
