import { quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import { type QuotedSecret, quoteSecret, type SecretRef, type SecretStyle } from '../../plan/secret.ts'
import { REFERENCES } from './schema/schema-helpers.ts'

/** A text with references to secrets, or the reason why it is invalid. Only the text between the braces is ever quoted. */
export type SecretText =
  | { readonly kind: 'parts'; readonly parts: readonly (string | SecretRef)[] }
  | { readonly kind: 'wrong'; readonly message: string; readonly hint: string }

const KINDS = ['env', 'file', 'credential']
const HINT = `Valid references: ${REFERENCES}; to write \${ literally, write $\${.`

/** Parses `${env:NAME}`, `${file:/path}` and `${credential:NAME}`; `$${` means `${`. Nothing else is expanded. */
export function parseSecretText(text: string): SecretText {
  const parts: (string | SecretRef)[] = []
  let plain = ''
  let rest = text
  for (let at = rest.indexOf('${'); at !== -1; at = rest.indexOf('${')) {
    if (rest[at - 1] === '$') {
      plain += `${rest.slice(0, at - 1)}\${`
      rest = rest.slice(at + 2)
      continue
    }
    const end = rest.indexOf('}', at)
    if (end === -1) return { kind: 'wrong', message: 'missing closing brace of a reference', hint: HINT }
    const reference = parseReference(rest.slice(at + 2, end))
    if (reference.kind === 'wrong') return reference
    plain += rest.slice(0, at)
    if (plain !== '') parts.push(plain)
    parts.push(reference)
    plain = ''
    rest = rest.slice(end + 1)
  }
  if (plain + rest !== '') parts.push(plain + rest)
  return { kind: 'parts', parts }
}

/** The parts of a file in that style. */
export function quoteParts(parts: readonly (string | SecretRef)[], style: SecretStyle): readonly (string | QuotedSecret)[] {
  return parts.map((part) => (typeof part === 'string' ? quoteSecret(part, style) : { kind: 'quoted', secret: part, style }))
}

function parseReference(inside: string): SecretRef | (SecretText & { readonly kind: 'wrong' }) {
  const colon = inside.indexOf(':')
  const kind = colon === -1 ? inside : inside.slice(0, colon)
  const name = colon === -1 ? '' : inside.slice(colon + 1)
  const wrong = (message: string, hint = HINT) => ({ kind: 'wrong', message, hint }) as const
  if (!KINDS.includes(kind)) {
    const near = nearest(kind, KINDS)
    return wrong(`unknown reference ${quoted(`\${${inside}}`)}`, near === undefined ? HINT : `Did you mean \${${near}:…}? ${HINT}`)
  }
  if (name === '' || name.includes('\0')) return wrong(`missing name in the reference ${quoted(`\${${inside}}`)}`)
  if (kind === 'env') return name.includes('=') ? wrong('invalid variable name') : { kind, name }
  if (kind === 'file') return name.startsWith('/') ? { kind, path: name } : wrong(`expected an absolute path in ${quoted(`\${${inside}}`)}`)
  return name.includes('/') || name.startsWith('.') ? wrong(`invalid credential name in ${quoted(`\${${inside}}`)}`) : { kind: 'credential', name }
}
