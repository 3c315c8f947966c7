import { UNPRINTABLE } from './format.ts'

// Nothing among these means anything to a shell inside a word; at its beginning a word with `=` may be an assignment.
const PLAIN = /^[\w@%+=:,./-]+$/u
const ODD = new RegExp(`(${UNPRINTABLE.source})`, 'u')

/** A text as one word for a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : inSingleQuotes(text)
}

/**
 * The same on one line, for documents: control characters, and those that are invisible or change the order of the text, are written as `printf`
 * escapes. A newline would break the document, and the others could make a command look like another one. A word with a newline needs `NEWLINE_SETUP`
 * before it.
 */
export function printableShellWord(text: string): string {
  if (PLAIN.test(text) && !text.includes('=')) return text
  const pieces = text.split(ODD)
  const words = pieces.map((piece, index) => (index % 2 === 1 ? escapedPiece(piece) : piece === '' ? '' : inSingleQuotes(piece)))
  return words.join('') || "''"
}

/** Sets the variable `nl`. A command substitution drops newlines at its end, hence the dot. */
export const NEWLINE_SETUP = `nl=$(printf '\\n.'); nl=\${nl%.}`

function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function escapedPiece(character: string): string {
  if (character === '\n') return '"$nl"'
  const octal = [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return `"$(printf '${octal.join('')}')"`
}
