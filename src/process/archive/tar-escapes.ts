const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({ a: '\u0007', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r', '?': '\u007F' }),
)

/** A name of which GNU tar has printed this escaped form, in lists and messages. Both are bytes, as Latin-1. */
export function unescapedBytes(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(/\\(?:(?<octal>[0-7]{3})|(?<letter>.))/gsu, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (LETTERS.get(letter) ?? letter) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  )
}

/** The same for text. Undefined if the name is not UTF-8 and cannot be passed as an argument. */
export function unescapedName(text: string): string | undefined {
  const bytes = Buffer.from(unescapedBytes(Buffer.from(text).toString('latin1')), 'latin1')
  const name = bytes.toString('utf8')
  return Buffer.from(name).equals(bytes) ? name : undefined
}
