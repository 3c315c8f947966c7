import type { Environment } from './command.ts'
import type { PatternList } from './pattern-list.ts'
import type { SecretRef } from './secret.ts'

/** A secret that stands in the configuration itself. Masked wherever the plan is shown. */
export interface PlainSecret {
  readonly kind: 'plain'
  readonly value: string
}

/** How to reach a database server. */
export interface DatabaseServer {
  readonly kind: 'postgresql'
  readonly host?: string
  readonly port?: number
  /** The role; absent = the operating-system user's. */
  readonly user?: string
  readonly password?: SecretRef | PlainSecret
  /** The operating-system user that the client programs run as; absent = ours. */
  readonly runAs?: string
  /** What the client programs get beside the password. */
  readonly environment: Environment
  /** Where bare names of programs are looked up. */
  readonly searchPath: readonly string[]
}

export interface DatabaseChoice {
  /** In this order; `all` = those that the server names when asked. */
  readonly names: readonly string[] | 'all'
  /** Tested against the name of a database, also of those named. */
  readonly exclude: PatternList
}
