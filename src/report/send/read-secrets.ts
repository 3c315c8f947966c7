import { openRedactor } from '../../lib/redactor/redactor.ts'
import type { SecretText } from '../../plan/notify.ts'
import type { ResolveSecret } from '../../plan/secret.ts'

/** The secrets of one delivery: values that were read are masked in messages about it. */
export interface Secrets {
  /** Rejects with the missing item, never with a value. */
  read(text: SecretText): Promise<string>
  /** The text with every secret that was read replaced by "…". */
  hide(text: string): string
  /** The same for a text whose end was cut off. */
  hideCut(text: string): string
}

export function readSecrets(resolve: ResolveSecret): Secrets {
  const redactor = openRedactor()
  return {
    async read(text) {
      const parts = await Promise.all(
        text.map(async (part) => {
          if (typeof part === 'string') return part
          const value = await resolve(part)
          redactor.add(value)
          return value
        }),
      )
      return parts.join('')
    },
    hide: redactor.hide,
    hideCut: redactor.hideCut,
  }
}
