import { readHeadSync } from '../../files/read-small.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { mountOf, readMountinfo } from '../../storage/root/mountinfo.ts'
import { quoted } from '../../storage/system-errors.ts'
import { BackupError } from '../set/errors.ts'
import type { CoverDeps, Covered } from './covered.ts'
import { requireAnswers } from './require-answers.ts'
import { requireThere, sourcePathOf } from './source-path.ts'

/**
 * A database of SQLite as it is on this host now. Rejects with `backup/no-source` if there is no such file, or another one; with `storage/unreachable` if its file system
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
  if (isOtherFile(real))
    throw new BackupError('no-source', `the file ${quoted(path)} is not a database of SQLite`, {
      hint: 'Correct the path. An encrypted database has to be dumped by the program that it belongs to.',
    })
  const mount = mountOf(real, mountinfo)?.mountPoint
  const covered = { path, ...(targets.length > 0 && { target: real }), ...(mount !== undefined && { mount }) }
  return { object, coverage: { paths: [covered] }, notes: [], details: [] }
}

// "Database File Format", 1.3.1. A new database has no bytes.
const MAGIC = Buffer.from('SQLite format 3\0')

function isOtherFile(path: string): boolean {
  try {
    const head = readHeadSync(path, MAGIC.length)
    return head.length > 0 && !head.equals(MAGIC)
  } catch {
    // The program that reads it reports why it cannot be read.
    return false
  }
}
