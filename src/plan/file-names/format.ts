import { quoted } from '../../lib/quoted.ts'

/** A part of a format in Python's mini-language (`str.format`, "Format String Syntax"). */
export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly conversion: string; readonly spec: string }

export type ParsedFormat =
  | { readonly kind: 'format'; readonly parts: readonly FormatPart[] }
  | { readonly kind: 'wrong'; readonly message: string; readonly hint: string }

const BRACES = 'Write "{{" and "}}" for literal braces.'

const TOKEN = /(?<brace>\{\{|\}\})|\{(?<field>[^{}]*)\}|(?<lone>[{}])|(?<text>[^{}]+)/gu

/** Splits a format into texts and fields. Nested fields are rejected. */
export function parseFormat(text: string): ParsedFormat {
  const parts: FormatPart[] = []
  for (const { groups = {} } of text.matchAll(TOKEN)) {
    const { brace, field, lone } = groups
    if (lone !== undefined) return { kind: 'wrong', message: lone === '{' ? 'missing "}" after "{"' : 'missing "{" before "}"', hint: BRACES }
    parts.push(field === undefined ? { kind: 'text', text: brace?.slice(0, 1) ?? groups['text'] ?? '' } : fieldOf(field))
  }
  return { kind: 'format', parts }
}

function fieldOf(inner: string): FormatPart {
  const { name = '', conversion = '', spec = '' } = /^(?<name>[^!:]*)(?:!(?<conversion>[^:]*))?(?::(?<spec>.*))?$/su.exec(inner)?.groups ?? {}
  return { kind: 'field', name, conversion, spec }
}

/** Why a field is invalid, regardless of its value; undefined if it is valid. */
export function whyNoField({ name, conversion }: Extract<FormatPart, { kind: 'field' }>): string | undefined {
  if (name === '' || /^\d+$/u.test(name)) return 'field without a name'
  if (/[.[\]]/u.test(name)) return `attribute access in the field ${quoted(name)} is not supported`
  if (conversion !== '' && conversion !== 's') return `unknown conversion ${quoted(`!${conversion}`)}`
  return undefined
}
