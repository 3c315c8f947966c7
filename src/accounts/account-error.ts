import { errorsOf } from '../lib/errors.ts'

/** Why an operation on accounts was rejected. Messages never reveal whether a user exists. */
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
  /** When the operation can be retried. */
  readonly retryAfterMs: number | undefined

  constructor(kind: AccountErrorKind, message: string, options: { readonly hint?: string; readonly retryAfterMs?: number } = {}) {
    super(kind, message, options)
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs
  }
}
