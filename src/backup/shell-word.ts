// Nothing among these means anything to a shell inside a word. Words never stand alone: `./` or a folder goes before.
const PLAIN = /^[\w./+:,@%-]+$/u

/**
 * A text as one word for a POSIX shell, whatever is in it, on one line: control characters are written as `printf` escapes, as a raw newline would
 * tear the document that the command stands in. A word with a newline needs `NEWLINE_SETUP` before it.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  const pieces = text.split(/([\u0001-\u001f\u007f])/u)
  return pieces.map((piece, index) => (index % 2 === 0 ? quotedPiece(piece) : escapedPiece(piece))).join('') || "''"
}

/** Sets the variable `nl`. A command substitution drops newlines at its end, hence the dot. */
export const NEWLINE_SETUP = `nl=$(printf '\\n.'); nl=\${nl%.}`

function quotedPiece(piece: string): string {
  return piece === '' ? '' : `'${piece.replaceAll("'", `'\\''`)}'`
}

function escapedPiece(control: string): string {
  if (control === '\n') return '"$nl"'
  return `"$(printf '\\${control.charCodeAt(0).toString(8).padStart(3, '0')}')"`
}
