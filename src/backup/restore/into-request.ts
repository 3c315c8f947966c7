import type { RestoreKeys } from '../filter/restore-commands.ts'
import type { DatabaseServer, ServerLogin } from '../into-database/database-server.ts'
import type { ReadObjectDeps } from './restore-object.ts'
import type { RestoreDeps, RestoreRequest } from './restore-set.ts'

export interface RestoreIntoRequest {
  readonly set: string
  /** The path of the dump. */
  readonly object: string
  readonly server: DatabaseServer
  readonly login: ServerLogin
  /** Replaces an existing database with that name. */
  readonly overwrite: boolean
  readonly dryRun: boolean
  readonly keys: RestoreKeys
  readonly contentOf: RestoreRequest['contentOf']
  /** Load the dump with all privileges of the login, whatever it requests from the server. */
  readonly trustDump: boolean
  /** Also load if the client cannot be confined. */
  readonly unconfined: boolean
}

/** Restoring into a database, with progress and notes. */
export interface RestoreIntoDeps extends RestoreDeps {
  /** Receives notes before the dump is loaded. Absent: they are part of the result. */
  readonly onNote?: (note: string) => unknown
  /** The folder for an unnamed copy of the object. */
  readonly temporaryFolder: string
  /** The folder in which is recorded what restores create on servers. */
  readonly recordFolder: string
}

export type IntoRead = ReadObjectDeps & Pick<RestoreIntoDeps, 'recordFolder'> & { readonly onNote: (note: string) => unknown }
