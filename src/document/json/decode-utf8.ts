import type { Position } from '../issue-report.ts'

/** The text of a file, or the position of its first byte that is not UTF-8. A byte order mark is kept. */
export type Decoded = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'invalid'; readonly at: Position }

export function decodeUtf8(bytes: Uint8Array): Decoded {
  const text = decoded(bytes)
  return text === undefined ? { kind: 'invalid', at: firstInvalid(bytes) } : { kind: 'text', text }
}

function decoded(bytes: Uint8Array, part = false): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: part })
  } catch {
    return undefined
  }
}

function firstInvalid(bytes: Uint8Array): Position {
  // A prefix of the file can be decoded until it includes the first invalid byte: search for that length.
  let good = 0
  let bad = bytes.length + 1
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (middle <= bytes.length && decoded(bytes.subarray(0, middle), true) !== undefined) good = middle
    else bad = middle
  }
  const lines = (decoded(bytes.subarray(0, good), true) ?? '').split(/\r\n|\n|\r/u)
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}
