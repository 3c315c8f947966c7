import type { Environment } from './command.ts'
import type { PatternList } from './patterns/compile-patterns.ts'
import type { SecretRef } from './secret.ts'

/** A secret written in the configuration itself. Masked wherever the plan is shown. */
export interface PlainSecret {
  readonly kind: 'plain'
  readonly value: string
}

/** The connection to a database server. */
export interface DatabaseServer {
  readonly kind: 'postgresql'
  readonly host?: string
  readonly port?: number
  /** The role; absent: the name of the operating-system user. */
  readonly user?: string
  readonly password?: SecretRef | PlainSecret
  /** The operating-system user that runs the client programs; absent: the user of Holdfast. */
  readonly runAs?: string
  /** The environment of the client programs, without the password. */
  readonly environment: Environment
  /** The search path for program names. */
  readonly searchPath: readonly string[]
}

export interface DatabaseChoice {
  /** In this order; `all`: those that the server returns when queried. */
  readonly names: readonly string[] | 'all'
  /** Matched against the names of databases, including explicit ones. */
  readonly exclude: PatternList
}
