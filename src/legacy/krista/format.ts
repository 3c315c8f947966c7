import { quoted } from '../palhm/report.ts'

/** A part of a format in Python's mini-language (`str.format`, "Format String Syntax"). */
export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly conversion: string; readonly spec: string }

export type ParsedFormat =
  | { readonly kind: 'format'; readonly parts: readonly FormatPart[] }
  | { readonly kind: 'wrong'; readonly message: string; readonly hint: string }

const BRACES = 'Write "{{" and "}}" for braces that stand for themselves.'

const TOKEN = /(?<brace>\{\{|\}\})|\{(?<field>[^{}]*)\}|(?<lone>[{}])|(?<text>[^{}]+)/gu

/** Splits a format into its texts and fields. Fields inside fields are refused. */
export function parseFormat(text: string): ParsedFormat {
  const parts: FormatPart[] = []
  for (const { groups = {} } of text.matchAll(TOKEN)) {
    const { brace, field, lone } = groups
    if (lone !== undefined) return { kind: 'wrong', message: lone === '{' ? 'a "{" without its "}"' : 'a "}" without its "{"', hint: BRACES }
    parts.push(field === undefined ? { kind: 'text', text: brace?.slice(0, 1) ?? groups['text'] ?? '' } : fieldOf(field))
  }
  return { kind: 'format', parts }
}

function fieldOf(inner: string): FormatPart {
  const { name = '', conversion = '', spec = '' } = /^(?<name>[^!:]*)(?:!(?<conversion>[^:]*))?(?::(?<spec>.*))?$/su.exec(inner)?.groups ?? {}
  return { kind: 'field', name, conversion, spec }
}

/** What keeps a field from being understood, whatever its value is; undefined when nothing does. */
export function whyNoField({ name, conversion }: Extract<FormatPart, { kind: 'field' }>): string | undefined {
  if (name === '' || /^\d+$/u.test(name)) return 'a field without a name has no value here'
  if (/[.[\]]/u.test(name)) return `the field ${quoted(name)} asks for a part of a value`
  if (conversion !== '' && conversion !== 's') return `the conversion ${quoted(`!${conversion}`)} is not known`
  return undefined
}
