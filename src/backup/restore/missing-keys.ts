import { counted } from '../../lib/format.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { RestoreProblem } from './restore-jobs.ts'

// Of age(1) and gpg(1), for keys other than those of the object.
const NO_KEY = /no identity matched any of the recipients|decryption failed: No secret key/u

/** Whether a program found no key for an object: then the key is missing, not the object. */
export function isKeyMissing(stderr: string): boolean {
  return NO_KEY.test(stderr)
}

const SHOWN_PATHS = 3

/** The messages of problems, in their order; one for all objects that lack the same key. */
export function messagesOf(problems: readonly RestoreProblem[]): readonly string[] {
  return [...Map.groupBy(problems, ({ lacks, message }) => lacks ?? message)].flatMap(([lacks, alike]) =>
    alike.length === 1 || alike[0]?.lacks === undefined ? alike.map(({ message }) => message) : [describeLocked(alike, lacks)],
  )
}

/** Several objects that lack the same key. */
export function describeLocked(alike: readonly { readonly path: string }[], lacks: string): string {
  const names = alike.slice(0, SHOWN_PATHS).map(({ path }) => quoted(path))
  const more = alike.length > names.length ? ', ...' : ''
  return `${counted(alike.length, 'object')} are encrypted (${names.join(', ')}${more}): ${lacks}`
}
