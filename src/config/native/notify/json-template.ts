import type { Report } from '../../../document/report.ts'
import { itemsOf, membersOf, type Placed, spotOf } from '../../../document/yaml/node.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import { type JsonTemplate, PLACEHOLDERS, type SecretText } from '../../../plan/notify.ts'
import { parseSecretText } from '../secret-text.ts'

/** Compiles a document of JSON that is written in YAML. Undefined, with everything wrong told, when a text in it cannot be understood. */
export function compileJsonTemplate(at: Placed, report: Report): JsonTemplate | undefined {
  const { node } = at
  if (node.kind === 'map') {
    const members = membersOf(at).map((it) => ({ key: it.key, value: compileJsonTemplate(it, report) }))
    return members.every((it): it is { key: string; value: JsonTemplate } => it.value !== undefined) ? { kind: 'object', members } : undefined
  }
  if (node.kind === 'list') {
    const items = itemsOf(at).map((it) => compileJsonTemplate(it, report))
    return items.every((it) => it !== undefined) ? { kind: 'list', items } : undefined
  }
  if (typeof node.value !== 'string') return { kind: 'value', value: node.value }
  const parts = readSecretText(node.value, at, report)
  return parts?.every((part) => typeof part !== 'string' || areKnown(part, at, report)) ? { kind: 'text', parts } : undefined
}

/** A text that may hold secrets; undefined, with an error, when its references cannot be understood. */
export function readSecretText(text: string, at: Placed, report: Report): SecretText | undefined {
  const read = parseSecretText(text)
  return read.kind === 'wrong' ? report.error(spotOf(at), read.message, read.hint) : read.parts
}

function areKnown(text: string, at: Placed, report: Report): boolean {
  const known: readonly string[] = PLACEHOLDERS
  const named = [...text.matchAll(/\{\{|\}\}|\{([a-z]+)\}/gu)].flatMap(([, name]) => name ?? [])
  const stray = named.find((name) => !known.includes(name))
  if (stray === undefined) return true
  const near = nearest(stray, known)
  const hint = didYouMean(near && `{${near}}`) ?? `Valid placeholders: ${known.map((name) => `{${name}}`).join(', ')}. Write {{ and }} for braces.`
  report.error(spotOf(at), `unknown placeholder ${quoted(`{${stray}}`)}`, hint)
  return false
}
