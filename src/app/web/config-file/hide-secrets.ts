import { createHmac } from 'node:crypto'
import { looksSecret } from '../../../lib/secrets.ts'
import type { Plan } from '../../../plan/plan.ts'
import { plainSecretsOf } from '../../runs/redact-event.ts'

const PLACEHOLDER = 'holdfast-secret-'
const DIGITS = 16

/** How secrets are hidden. */
export interface Hiding {
  /** Longest first, as by `secretsIn`. */
  readonly secrets: readonly string[]
  /** A placeholder is a digest of its secret. Without this key, nobody can try secrets until one fits. */
  readonly key: string
}

/** The text with a placeholder for each secret, which depends on that secret alone. */
export function hideSecrets(text: string, { secrets, key }: Hiding): string {
  if (secrets.length === 0) return text
  // All at once: a secret may be a word of the placeholders.
  const any = new RegExp(secrets.map((secret) => secret.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&')).join('|'), 'gu')
  return text.replaceAll(any, (secret) => placeholderOf(secret, key))
}

export interface Shown {
  readonly text: string
  /** Lines with a placeholder of an unknown secret, from 1 on. */
  readonly unknownLines: readonly number[]
}

/** The reverse, with the secrets of the texts that the hidden one was made of. What looks like a placeholder in an original stays as it is. */
export function showSecrets(hidden: string, { secrets, key }: Hiding, original: string): Shown {
  const known = new Map(secrets.map((secret) => [placeholderOf(secret, key), secret]))
  const unknownLines: number[] = []
  const text = hidden.replaceAll(new RegExp(`${PLACEHOLDER}[0-9a-f]{${DIGITS}}`, 'gu'), (word, at: number) => {
    const secret = known.get(word)
    if (secret === undefined && !original.includes(word)) unknownLines.push(hidden.slice(0, at).split('\n').length)
    return secret ?? word
  })
  return { text, unknownLines }
}

function placeholderOf(secret: string, key: string): string {
  return `${PLACEHOLDER}${createHmac('sha256', key).update(secret).digest('hex').slice(0, DIGITS)}`
}

/** The values in plain text that are secrets, by their keys or by one of the plans. Longest first, so that none is hidden in a part of another one. */
export function secretsIn(text: string, plans: readonly (Plan | undefined)[]): readonly string[] {
  const inAddresses = [...text.matchAll(/:\/\/[^\s:/@]*:(?<value>[^\s@/]+)@/gu)].map(({ groups }) => groups?.['value'] ?? '')
  const known = plans.flatMap((plan) => (plan === undefined ? [] : [...plainSecretsOf(plan)].filter((it) => text.includes(it))))
  return [...new Set([...named(text), ...inAddresses, ...known])]
    .filter((it) => it.length >= 3)
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
}

// The value is only looked at: it may be a mapping, with keys of its own.
const PAIR =
  /(?:^|[\s,{"'])(?<key>[\w-]+)["']?[ \t]*:[ \t]*(?=(?:"(?<double>(?:[^"\\\n]|\\.)*)"|'(?<single>(?:[^'\n]|'')*)'|(?<plain>[^\s"'{[&*!|>][^\n]*)))/gmu

function named(text: string): readonly string[] {
  return [...text.matchAll(PAIR)].flatMap(({ groups, index }) => {
    const { key = '', double, single, plain = '' } = groups ?? {}
    const isInBraces = text.slice(text.lastIndexOf('\n', index) + 1, index + 1).includes('{')
    const end = isInBraces ? /[,}\]]| #/u : / #/u
    const value = double ?? single ?? plain.split(end)[0]?.trim() ?? ''
    return looksSecret(key) && !/file$/iu.test(key) && !/^\$\{/u.test(value) ? [value] : []
  })
}
