import { AppError, type ErrorFacts, systemCode } from '../lib/errors.ts'
import type { AnySchema } from './schema.ts'

/**
 * `busy`: other processes are writing; try again. `damaged`: the file is not a readable database of this kind. `newer`: made by a later version.
 * `unusable`: no permission, no space, a broken disk.
 */
export type DatabaseErrorKind = 'busy' | 'damaged' | 'newer' | 'unusable'

export class DatabaseError extends AppError {
  readonly code: `${string}/${DatabaseErrorKind}`
  readonly kind: DatabaseErrorKind

  constructor({ name }: Pick<AnySchema, 'name'>, kind: DatabaseErrorKind, message: string, options?: ErrorFacts) {
    super(message, options)
    this.kind = kind
    this.code = `${name}/${kind}`
  }
}

// Primary result codes of SQLite (sqlite.org/rescode.html).
const KINDS: Readonly<Record<number, DatabaseErrorKind>> = { 5: 'busy', 6: 'busy', 11: 'damaged', 26: 'damaged' }

function hintOf(kind: DatabaseErrorKind, { ifDamaged, without }: AnySchema): string | undefined {
  if (kind === 'damaged' && ifDamaged === 'keep') return `Restore the file from a backup, or move it away to begin with an empty one. ${without}`
  if (kind === 'busy') return 'Another process is writing to it; try again.'
  return kind === 'unusable' ? `Check the owner and permissions of the folder and the free space of its disk. ${without}` : undefined
}

/** The error of SQLite or the system for the database in `file`, as a `DatabaseError`. */
export function databaseErrorOf(error: unknown, schema: AnySchema, file: string): DatabaseError {
  if (error instanceof DatabaseError) return error
  const kind = databaseKind(error)
  const why = systemCode(error)?.startsWith('ERR_') === false ? systemCode(error) : error instanceof Error ? error.message : String(error)
  return new DatabaseError(schema, kind, `could not use the ${schema.name} "${file}": ${why}`, { cause: error, hint: hintOf(kind, schema) })
}

/** The kind of an error of SQLite or the system. */
export function databaseKind(error: unknown): DatabaseErrorKind {
  return KINDS[primaryCode(error) ?? -1] ?? 'unusable'
}

/** The primary result code of an error of SQLite; undefined for other errors. */
export function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  // The upper bits contain details.
  return error.errcode % 256
}
