import { UNPRINTABLE } from '../../lib/format.ts'

// Nothing among these means anything to a shell inside a word. Words never stand alone: `./` or a folder goes before.
const PLAIN = /^[\w./+:,@%-]+$/u
const ODD = new RegExp(`(${UNPRINTABLE.source})`, 'u')

/**
 * A text as one word for a POSIX shell, whatever is in it, on one line: control characters and what is not shown, or shown in another order, are written
 * as `printf` escapes. A raw newline would tear the document that the command stands in, and the others would let a command look like another one. A word
 * with a newline needs `NEWLINE_SETUP` before it.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text
  const pieces = text.split(ODD)
  return pieces.map((piece, index) => (index % 2 === 0 ? quotedPiece(piece) : escapedPiece(piece))).join('') || "''"
}

/** Sets the variable `nl`. A command substitution drops newlines at its end, hence the dot. */
export const NEWLINE_SETUP = `nl=$(printf '\\n.'); nl=\${nl%.}`

function quotedPiece(piece: string): string {
  return piece === '' ? '' : `'${piece.replaceAll("'", `'\\''`)}'`
}

function escapedPiece(character: string): string {
  if (character === '\n') return '"$nl"'
  const octal = [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return `"$(printf '${octal.join('')}')"`
}
