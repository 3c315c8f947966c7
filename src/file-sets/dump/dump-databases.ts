import { resolve } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import type { DumpStep } from '../../plan/dated-files.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import { databasesOf } from '../list-databases.ts'
import { systemCalls } from '../system-calls.ts'
import { dumpPaths } from './dump-paths.ts'
import { makeDump } from './make-dump.ts'

/**
 * Dumps databases one after the other, each to a separate file or folder that gets its name when it is complete. If one fails, the others are still
 * dumped; at the end, the first failure is thrown. Dry: lists the databases and the names of their dumps.
 */
export async function dumpDatabases(step: DumpStep, work: ArchiveWork): Promise<void> {
  await systemCalls(work.signal, async () => {
    const { databases, server, folder } = step.files
    const names = await databasesOf(databases, server, work)
    if (databases.names === 'all') {
      const text = `databases: ${names.map((it) => `"${it}"`).join(', ') || 'none'}; those that do not allow connections (template0) cannot be dumped`
      work.emit({ kind: 'step-told', step: work.step, text, isDetail: true })
    }
    if (names.length === 0) throw new ArchiveError('no-databases', `no databases to dump to "${resolve(step.workingFolder ?? '.', folder)}"`)
    const failures: ArchiveError[] = []
    for (const name of names) {
      try {
        await dumpOne(step, name, work)
      } catch (error) {
        work.signal.throwIfAborted()
        failures.push(new ArchiveError('dump-failed', `could not dump the database "${name}": ${messageOf(error)}`, { cause: error }))
      }
    }
    const [first] = failures
    for (const other of failures.slice(1)) work.note(other.message)
    if (first !== undefined) throw first
  })
}

async function dumpOne(step: DumpStep, database: string, work: ArchiveWork): Promise<void> {
  work.signal.throwIfAborted()
  const startedMs = work.clock().getTime()
  const place = await dumpPaths(step, database, work.began)
  const dry = step.dry === true
  work.emit({ kind: 'dump-began', step: work.step, database, path: place.dump })
  const made = dry ? { bytes: 0 } : await makeDump({ step, database, place }, work)
  const durationMs = work.clock().getTime() - startedMs
  work.emit({ kind: 'dump-ended', step: work.step, database, path: place.dump, ...made, durationMs, dry })
}
