import { createHash } from 'node:crypto'
import { isSame } from '../../accounts/secrets.ts'

/**
 * The value required in `X-CSRF-Token` by a request that changes something. It is derived from the cookie, which pages of other sites cannot read; it
 * therefore requires no storage, does not depend on an origin that a proxy could change, and ends with the session.
 */
export function csrfOf(cookie: string | undefined): string {
  return createHash('sha256')
    .update(`csrf ${cookie ?? ''}`)
    .digest('base64url')
}

export function isCsrf(given: string | undefined, cookie: string | undefined): boolean {
  return given !== undefined && isSame(given, csrfOf(cookie))
}
