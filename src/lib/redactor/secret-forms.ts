import { printable } from '../format.ts'

/** Shorter values would match parts of ordinary words, and are not secrets. */
export const MIN_CHARS = 4
// A longer line is searched for in parts of this length.
const PART_CHARS = 512

/** Whether a value can be hidden in texts. */
export function isHideable(value: string): boolean {
  return value.length >= MIN_CHARS
}

/**
 * The forms in which a secret appears in texts: line by line, as it is, and as programs write it in addresses, in JSON and HTML, in quotes, in base64 at
 * any place of the encoded data (`AUTH PLAIN` encodes the user name with the password), and in hexadecimal digits.
 */
export function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/[\r\n]+/u).flatMap((line) => [line, line.trim()])
  const forms = lines.filter(isHideable).flatMap(partsOf).flatMap(writtenForms)
  return [...new Set(forms)].filter(isHideable)
}

function partsOf(line: string): readonly string[] {
  if (line.length <= PART_CHARS) return [line]
  const count = Math.floor(line.length / PART_CHARS)
  return [...Array.from({ length: count }, (_, index) => line.slice(index * PART_CHARS, (index + 1) * PART_CHARS)), line.slice(-PART_CHARS)]
}

function writtenForms(text: string): readonly string[] {
  const wellFormed = text.toWellFormed()
  const bytes = Buffer.from(text)
  const json = JSON.stringify(text).slice(1, -1)
  const plain = [text, printable(text), json, json.replaceAll('/', '\\/'), ...quotedForms(text), ...htmlForms(text)]
  const percent = percentForms(wellFormed)
  const base64 = [0, 1, 2].flatMap((offset) => base64Within(bytes, offset)).flatMap((it) => [it, it.replaceAll('+', '-').replaceAll('/', '_')])
  const hex = bytes.toString('hex')
  return [...plain, ...percent, ...base64, hex, hex.toUpperCase()]
}

/** As `quoteSecret` writes it, and as shells and SQL quote it. */
function quotedForms(text: string): readonly string[] {
  return [
    text.replaceAll(/[\\:]/gu, '\\$&'),
    text.replaceAll(/[\\"]/gu, '\\$&'),
    text.replaceAll(/[\\'"$`]/gu, '\\$&'),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll("'", "''"),
  ]
}

function htmlForms(text: string): readonly string[] {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const quoted = escaped.replaceAll('"', '&quot;')
  return [escaped, ...['&#39;', '&#x27;', '&apos;', '&#039;'].map((quote) => quoted.replaceAll("'", quote))]
}

/** RFC 3986, with the sets of unescaped characters that are in use, in upper and lower case. */
function percentForms(text: string): readonly string[] {
  const component = encodeURIComponent(text)
  const strict = component.replaceAll(/[!'()*]/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [component, strict, strict.replaceAll('%20', '+'), encodeURI(text)]
  return [...forms, ...forms.map((form) => form.replaceAll(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase()))]
}

/** The digits that depend on these bytes alone, wherever they begin in a group of three. */
function base64Within(bytes: Buffer, offset: number): readonly string[] {
  const digits = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const inside = digits.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  return isHideable(inside) ? [inside] : []
}
