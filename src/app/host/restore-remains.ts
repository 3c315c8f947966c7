import { pathExists } from '../../files/open-by-path.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Host } from './host.ts'
import { databaseRecordFolder, restoreFolder } from './state-folder.ts'

interface Remains {
  /** The folder of the records that restores write. */
  folder(host: Host): string
  /** Resolves with notes. Its module is loaded only if there are records. */
  sweep(path: string): Promise<readonly string[]>
}

const REMAINS: readonly Remains[] = [
  {
    folder: restoreFolder,
    sweep: async (path) => (await import('../../backup/restore/restore-records.ts')).sweepDeadRestores(path),
  },
  // A run has no access to the database servers: databases that were left there are only reported.
  {
    folder: databaseRecordFolder,
    sweep: async (path) => (await import('../../backup/into-database/restore-record.ts')).describeDeadRestores(path),
  },
]

/** Removes what killed restores of this host left, wherever that is. Resolves with notes. Never rejects. */
export async function sweepRestoreRemains(host: Host): Promise<readonly string[]> {
  const notes: string[] = []
  for (const { folder, sweep } of REMAINS) {
    const path = folder(host)
    // What cannot be read is reported by what reads it.
    if (await pathExists(path).catch(() => true)) notes.push(...(await sweep(path).catch((error: unknown) => [messageOf(error)])))
  }
  return notes
}
