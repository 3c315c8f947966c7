import { printable } from '../../lib/format.ts'
import type { SecretText } from '../../plan/notify.ts'
import type { ResolveSecret } from '../../plan/secret.ts'

/** The secrets of one delivery: what was read is hidden in what is told about it. */
export interface Secrets {
  /** Rejects with what is missing, never with a value. */
  read(text: SecretText): Promise<string>
  /** The text with every secret that was read replaced by "…". */
  hide(text: string): string
}

export function readSecrets(resolve: ResolveSecret): Secrets {
  const known = new Set<string>()
  return {
    async read(text) {
      const parts = await Promise.all(
        text.map(async (part) => {
          if (typeof part === 'string') return part
          const value = await resolve(part)
          if (value !== '') known.add(value)
          return value
        }),
      )
      return parts.join('')
    },
    hide: (text) => hideValues(text, known),
  }
}

// Shorter ones would be found in half of all words, and are no secrets.
const MIN_CHARS = 4

/**
 * The text with these values replaced by "…", the longest first, so that one inside another leaves nothing of it. They are found also as messages write
 * them, with control characters written out, and line by line where they have several.
 */
export function hideValues(text: string, values: Iterable<string>): string {
  const forms = [...values].flatMap((value) => [value, ...value.split(/\r?\n/u)]).flatMap((form) => [form, printable(form)])
  let hidden = text
  for (const form of [...new Set(forms)].toSorted((a, b) => b.length - a.length)) if (form.length >= MIN_CHARS) hidden = hidden.replaceAll(form, '…')
  return hidden
}
