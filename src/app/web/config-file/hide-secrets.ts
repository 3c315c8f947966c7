import { createHmac } from 'node:crypto'
import { looksSecret } from '../../../lib/secrets.ts'
import type { Plan } from '../../../plan/plan.ts'
import { plainSecretsOf } from '../../runs/redact-event.ts'

const PLACEHOLDER = 'holdfast-secret-'
const DIGITS = 16

/** The secrets to hide, and the key of the placeholders. */
export interface Hiding {
  /** Longest first, as returned by `secretsIn`. */
  readonly secrets: readonly string[]
  /** A placeholder is a keyed digest of its secret: without the key, secrets cannot be guessed by trial. */
  readonly key: string
}

/** The text with a placeholder for each secret; a placeholder depends only on its secret and the key. */
export function hideSecrets(text: string, { secrets, key }: Hiding): string {
  if (secrets.length === 0) return text
  // In one pass: a secret can be a part of a placeholder.
  const any = new RegExp(secrets.map((secret) => secret.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&')).join('|'), 'gu')
  return text.replaceAll(any, (secret) => placeholderOf(secret, key))
}

export interface Shown {
  readonly text: string
  /** The lines with a placeholder of an unknown secret, counted from 1. */
  readonly unknownLines: readonly number[]
}

/**
 * Replaces the placeholders by the secrets of the texts from which the hidden text was made. A text in an original that looks like a placeholder is
 * not changed.
 */
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

/** The secrets in plain text, found by their keys or in one of the plans. Longest first, so that no secret is replaced within a longer one. */
export function secretsIn(text: string, plans: readonly (Plan | undefined)[]): readonly string[] {
  const inAddresses = [...text.matchAll(/:\/\/[^\s:/@]*:(?<value>[^\s@/]+)@/gu)].map(({ groups }) => groups?.['value'] ?? '')
  const known = plans.flatMap((plan) => (plan === undefined ? [] : [...plainSecretsOf(plan)].filter((it) => text.includes(it))))
  return [...new Set([...named(text), ...inAddresses, ...known])]
    .filter((it) => it.length >= 3)
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
}

// The value is only examined: it can be a mapping, with keys of its own.
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
