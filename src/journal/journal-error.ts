import { AppError, systemCode } from '../lib/errors.ts'

/**
 * `busy`: others write; it may be asked again. `damaged`: the file is no journal that can be read. `newer`: a later version made it.
 * `unusable`: no permission, no space, a broken disk. `no-run`: no run of that name.
 */
export type JournalErrorKind = 'busy' | 'damaged' | 'newer' | 'unusable' | 'no-run'

export class JournalError extends AppError {
  readonly code: `journal/${JournalErrorKind}`
  readonly kind: JournalErrorKind

  constructor(kind: JournalErrorKind, message: string, options?: { readonly cause?: unknown; readonly hint?: string | undefined }) {
    super(message, options)
    this.kind = kind
    this.code = `journal/${kind}`
  }
}

// Primary result codes of SQLite (sqlite.org/rescode.html).
const KINDS: Readonly<Record<number, JournalErrorKind>> = { 5: 'busy', 6: 'busy', 11: 'damaged', 26: 'damaged' }

const HINTS: Readonly<Partial<Record<JournalErrorKind, string>>> = {
  busy: 'Another process is writing to it; try again.',
  unusable: 'Check the owner and permissions of the folder and the free space of its disk. Runs work without the journal.',
}

/** What SQLite or the system said about the journal, as one of our errors. */
export function journalErrorOf(error: unknown, file: string): JournalError {
  if (error instanceof JournalError) return error
  const kind = KINDS[sqliteCode(error) ?? -1] ?? 'unusable'
  const why = systemCode(error)?.startsWith('ERR_') === false ? systemCode(error) : error instanceof Error ? error.message : String(error)
  return new JournalError(kind, `could not use the journal "${file}": ${why}`, { cause: error, hint: HINTS[kind] })
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  // The higher bits say more about the same.
  return error.errcode % 256
}
