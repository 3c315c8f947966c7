/** RFC 5322, 2.1.1: octets of a line, without its end. */
const MOST_LINE_BYTES = 998

/** The same text without lines that mail servers may reject or cut. A long line is continued on the next one, after a blank if there is one. */
export function foldLines(text: string, mostBytes = MOST_LINE_BYTES): string {
  return text
    .split('\n')
    .map((line) => (Buffer.byteLength(line) <= mostBytes ? line : folded(line, mostBytes)))
    .join('\n')
}

function folded(line: string, mostBytes: number): string {
  const lines: string[] = []
  let part = ''
  let bytes = 0
  for (const character of line) {
    const more = Buffer.byteLength(character)
    if (bytes + more > mostBytes) {
      const blankAt = part.lastIndexOf(' ')
      const at = blankAt > part.length / 2 ? blankAt + 1 : part.length
      lines.push(part.slice(0, at).trimEnd())
      part = part.slice(at)
      bytes = Buffer.byteLength(part)
    }
    part += character
    bytes += more
  }
  return [...lines, part].join('\n')
}

/** At most this number of UTF-16 code units: the beginning of the text, and a mark. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const mark = '… (shortened)'
  if (most < mark.length * 2) return '…'.slice(0, most)
  const head = text.slice(0, most - mark.length)
  // No half of a surrogate pair.
  return `${/[\uD800-\uDBFF]$/u.test(head) ? head.slice(0, -1) : head}${mark}`
}

/**
 * Documented limits of one text: Discord, "Execute Webhook" (content); Telegram Bot API, sendMessage (text); Slack, chat.postMessage (text is cut at
 * 40,000, and should have at most 4,000); ntfy (longer messages become attachments; it counts bytes).
 */
const SERVICES: readonly (readonly [host: RegExp, most: number])[] = [
  [/^(?:[\w-]+\.)?discord(?:app)?\.com$/u, 2000],
  [/^api\.telegram\.org$/u, 4096],
  [/^hooks\.slack\.com$/u, 4000],
  [/^ntfy\.sh$/u, 1300],
]

/** The maximum length of a text for the service at this URL; infinite for others. */
export function mostLengthFor(url: string): number {
  const host = URL.parse(url)?.hostname ?? ''
  return SERVICES.find(([pattern]) => pattern.test(host))?.[1] ?? Number.POSITIVE_INFINITY
}
