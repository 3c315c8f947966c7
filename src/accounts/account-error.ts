import { errorsOf } from '../lib/errors.ts'

/** Why something about accounts was refused. The messages never tell whether a user exists. */
export type AccountErrorKind =
  | 'wrong-login'
  | 'second-factor'
  | 'too-many-attempts'
  | 'invalid-link'
  | 'already-set-up'
  | 'unknown-user'
  | 'unknown-token'
  | 'unknown-session'
  | 'duplicate-user'
  | 'last-admin'
  | 'invalid'
  | 'busy'

export class AccountError extends errorsOf('account')<AccountErrorKind> {
  readonly kind: AccountErrorKind
  /** When it may be tried again. */
  readonly retryAfterMs: number | undefined

  constructor(kind: AccountErrorKind, message: string, options: { readonly hint?: string; readonly retryAfterMs?: number } = {}) {
    super(kind, message, options)
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs
  }
}
