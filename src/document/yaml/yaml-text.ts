import type { Position, Report } from '../issue-report.ts'
import { decodeUtf8 } from '../json/decode-utf8.ts'

// Manually written configurations are far smaller.
const MAX_BYTES = 4 * 1024 * 1024

/** The text of a YAML file, without its byte order mark. Reports an error if it is not text, and returns undefined then. */
export function readYamlText(file: string, bytes: Uint8Array, report: Report): string | undefined {
  const spot = (at: Position) => ({ file, path: '', at })
  const first = { line: 1, column: 1 }
  if (bytes.length > MAX_BYTES) return report.error(spot(first), `file too large: more than ${MAX_BYTES / 1024 / 1024} MiB`)
  if (bytes.length >= 2 && (bytes[0] === 0 || bytes[1] === 0 || bytes[0] === 0xfe || bytes[0] === 0xff))
    return report.error(spot(first), 'the file is in UTF-16 or UTF-32', 'Save it in UTF-8.')
  const decoded = decodeUtf8(bytes)
  if (decoded.kind === 'invalid') return report.error(spot(decoded.at), 'invalid UTF-8', 'Save it in UTF-8.')
  const text = decoded.text.replace(/^\ufeff/u, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u.exec(text)
  if (control)
    return report.error(
      spot(positionsIn(text)(control.index)),
      'unexpected control character',
      'Write it as an escape sequence in double quotes, such as "\\u001b".',
    )
  return text
}

/**
 * The locations of offsets, counted from 1, the column in characters. Prepared once for all offsets: otherwise, a long line with many nodes would take
 * quadratic time.
 */
export function positionsIn(text: string): (offset: number) => Position {
  const lineEnds = offsetsOf(/\n/gu, text)
  // Characters of two units, by the second one.
  const pairs = offsetsOf(/(?<=[\ud800-\udbff])[\udc00-\udfff]/g, text)
  return (offset) => {
    const line = countBelow(lineEnds, offset)
    const start = line === 0 ? 0 : (lineEnds[line - 1] ?? 0) + 1
    return { line: line + 1, column: offset - start - (countBelow(pairs, offset) - countBelow(pairs, start)) + 1 }
  }
}

function offsetsOf(pattern: RegExp, text: string): readonly number[] {
  return Array.from(text.matchAll(pattern), ({ index }) => index)
}

/** How many of the ascending numbers are smaller. */
function countBelow(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** The input for building a tree. */
export interface YamlBuilding {
  readonly file: string
  readonly at: (offset: number) => Position
  readonly report: Report
}
