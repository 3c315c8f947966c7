import { statSync } from 'node:fs'
import { messageOf } from '../lib/errors.ts'
import { JournalError, journalErrorOf } from './journal-error.ts'
import { openToRead, refuseNewer } from './open-database.ts'
import type { Queries } from './queries.ts'
import type { Onlooker } from './run-state.ts'
import { setAside } from './set-aside.ts'

export interface ReadDeps {
  readonly clock: () => Date
  readonly note: (text: string) => void
  readonly onlooker: Onlooker
}

const TRIES = 20
const RETRY_MS = 100

/**
 * Asks the journal in `file` something. Where there is none it is as if it were empty; a damaged one is set aside, noted, and then there is none.
 * Waits two seconds while others keep it locked. Rejects with a `JournalError`.
 */
export async function readJournal<T>(file: string, deps: ReadDeps, ask: (queries: Queries) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const inode = statSync(file, { throwIfNoEntry: false })?.ino
    try {
      return await attempt(file, deps, ask)
    } catch (error) {
      const trouble = journalErrorOf(error, file)
      if (tries === TRIES || !mayTryAgain(trouble, { file, inode, deps })) throw trouble
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

async function attempt<T>(file: string, { onlooker }: ReadDeps, ask: (queries: Queries) => Promise<T>): Promise<T> {
  // Only here: to load the query builder takes longer than a short run.
  const { queriesOn } = await import('./queries.ts')
  const db = openToRead(file)
  try {
    return await ask(queriesOn(db, onlooker))
  } catch (error) {
    if (!(error instanceof JournalError)) refuseNewer(db, file)
    throw error
  } finally {
    db.close()
  }
}

interface Found {
  readonly file: string
  readonly inode: number | undefined
  readonly deps: ReadDeps
}

function mayTryAgain(trouble: JournalError, { file, inode, deps: { clock, note } }: Found): boolean {
  if (trouble.kind === 'busy') return true
  if (trouble.kind !== 'damaged') return false
  try {
    const name = setAside(file, inode, clock())
    if (name !== undefined) note(`the journal "${file}" was damaged (${messageOf(trouble.cause ?? trouble)}): it was renamed to "${name}"`)
    return true
  } catch {
    return false
  }
}
