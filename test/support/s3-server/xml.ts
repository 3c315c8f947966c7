/** A value as XML: objects become elements, lists repeat theirs. */
export type Xml = string | number | boolean | undefined | { readonly [name: string]: Xml | readonly Xml[] }

export function renderXml(root: string, value: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, value)}`
}

function element(name: string, value: Xml | readonly Xml[]): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((it: Xml) => element(name, it)).join('')
  if (typeof value !== 'object') return `<${name}>${escaped(String(value))}</${name}>`
  const inner = Object.entries(value).map(([key, it]) => element(key, it))
  return `<${name}>${inner.join('')}</${name}>`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"\r]/gu, (it) => `&#${it.charCodeAt(0)};`)
}

/** The texts of all elements of that name that hold no others. */
export function textsOf(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'gu'))].map(([, text = '']) => unescaped(text))
}

/** The insides of all elements of that name. */
export function insidesOf(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gsu'))].map(([, inner = '']) => inner)
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/giu, (_, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    return decimal === undefined ? (NAMED[name ?? ''] ?? '') : String.fromCodePoint(Number(decimal))
  })
}
