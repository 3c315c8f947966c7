import { looksSecret } from '../../../lib/secrets.ts'
import type { Plan } from '../../../plan/plan.ts'
import { plainSecretsOf } from '../../runs/redact-event.ts'

const PLACEHOLDER = 'holdfast-secret-'

/** The text with a placeholder for each value that stands there in plain text and is a secret. */
export function hideSecrets(text: string, plan: Plan | undefined): string {
  const secrets = secretsIn(text, plan)
  if (secrets.length === 0) return text
  // All at once: a secret may be a word of the placeholders.
  const any = new RegExp(secrets.map((secret) => secret.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&')).join('|'), 'gu')
  return text.replaceAll(any, (secret) => `${PLACEHOLDER}${secrets.indexOf(secret) + 1}`)
}

/** The reverse, for a text that was made of the hidden one. */
export function showSecrets(hidden: string, original: string, plan: Plan | undefined): string {
  const secrets = secretsIn(original, plan)
  return hidden.replaceAll(/holdfast-secret-(?<number>\d+)/gu, (word, number: string) => secrets[Number(number) - 1] ?? word)
}

/** Longest first, so that none is hidden in a part of another one. */
function secretsIn(text: string, plan: Plan | undefined): readonly string[] {
  const named = [...text.matchAll(/(?:^|[\s,{"'])(?<key>[\w-]+)["']?[ \t]*:[ \t]*(?<quote>["']?)(?<value>[^\n"'#,}]+)\k<quote>/gmu)].flatMap(
    ({ groups }) => {
      const { key = '', value = '' } = groups ?? {}
      return looksSecret(key) && !/file$/iu.test(key) && !/^\$\{/u.test(value) ? [value.trim()] : []
    },
  )
  const inAddresses = [...text.matchAll(/:\/\/[^\s:/@]*:(?<value>[^\s@/]+)@/gu)].map(({ groups }) => groups?.['value'] ?? '')
  const known = plan === undefined ? [] : [...plainSecretsOf(plan)].filter((it) => text.includes(it))
  return [...new Set([...named, ...inAddresses, ...known])].filter((it) => it.length >= 3).toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
}
