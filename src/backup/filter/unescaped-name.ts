const LETTERS: ReadonlyMap<string, number> = new Map(
  Object.entries({ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '\\': 92, "'": 39, '"': 34, ' ': 32, '?': 63 }),
)

/** A name in the escaped form of tar. Undefined if it is not UTF-8 and cannot be passed as an argument. */
export function unescapedName(text: string): string | undefined {
  const bytes: number[] = []
  for (const [part] of text.matchAll(/\\(?:[0-7]{3}|.)|[^\\]+/gsu)) {
    if (!part.startsWith('\\')) bytes.push(...Buffer.from(part))
    else bytes.push(/^\\[0-7]{3}$/u.test(part) ? Number.parseInt(part.slice(1), 8) & 0xff : (LETTERS.get(part.slice(1)) ?? part.charCodeAt(1)))
  }
  const name = Buffer.from(bytes).toString('utf8')
  return Buffer.from(name).equals(Buffer.from(bytes)) ? name : undefined
}
