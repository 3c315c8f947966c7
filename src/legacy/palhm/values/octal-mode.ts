/** A file mode as Python's `int(text, 8)` reads it: blanks, `+`, `0o`, leading zeros and `_` between digits pass. Undefined: no octal number. */
export function parseOctalMode(text: string): number | undefined {
  const digits = /^\+?(?:0o_?)?(?<digits>[0-7]+(?:_[0-7]+)*)$/iu.exec(text.trim())?.groups?.['digits']
  return digits === undefined ? undefined : Number.parseInt(digits.replaceAll('_', ''), 8)
}
