import { statSync } from 'node:fs'
import { type DatabaseError, databaseErrorOf } from '../db/database-error.ts'
import { openToRead, refuseNewer } from '../db/open-database.ts'
import { type FoundFile, setAside } from '../db/set-aside.ts'
import { messageOf } from '../lib/errors.ts'
import type { Observer } from './decide-run-state.ts'
import { JOURNAL } from './migrations.ts'
import { NoRunError } from './no-run-error.ts'
import type { Queries } from './queries.ts'

export interface ReadDeps {
  readonly clock: () => Date
  readonly note: (text: string) => void
  readonly observer: Observer
}

/** Loads what queries need, so that they can be made later although the program was replaced. */
export async function preloadQueries(): Promise<void> {
  await import('./queries.ts')
}

const TRIES = 20
const RETRY_MS = 100

/**
 * Queries the journal in `file`. A missing one counts as empty; a damaged one is renamed, with a note, and then counts as empty. Waits two seconds if
 * other processes keep it locked. Rejects with a `DatabaseError` or a `NoRunError`.
 */
export async function readJournal<T>(file: string, deps: ReadDeps, query: (queries: Queries) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const inode = statSync(file, { throwIfNoEntry: false })?.ino
    try {
      return await attempt(file, deps, query)
    } catch (error) {
      if (error instanceof NoRunError) throw error
      const trouble = databaseErrorOf(error, JOURNAL, file)
      if (tries === TRIES || !mayTryAgain(trouble, { file, inode, deps })) throw trouble
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

async function attempt<T>(file: string, { observer }: ReadDeps, query: (queries: Queries) => Promise<T>): Promise<T> {
  // Only here: loading the query builder takes longer than a short run.
  const { queriesOn } = await import('./queries.ts')
  const { db, close } = openToRead(JOURNAL, file)
  try {
    return await query(queriesOn(db, observer))
  } catch (error) {
    if (!(error instanceof NoRunError)) refuseNewer(db, JOURNAL, file)
    throw error
  } finally {
    close()
  }
}

interface FailedRead extends FoundFile {
  readonly deps: ReadDeps
}

function mayTryAgain(trouble: DatabaseError, { file, inode, deps: { clock, note } }: FailedRead): boolean {
  if (trouble.kind === 'busy') return true
  if (trouble.kind !== 'damaged') return false
  try {
    const name = setAside({ file, inode }, clock())
    if (name !== undefined) note(`the journal "${file}" was damaged (${messageOf(trouble.cause ?? trouble)}): it was renamed to "${name}"`)
    return true
  } catch {
    return false
  }
}
