/** One message of a stream of server-sent events, or a comment in it. */
export type SseItem =
  | { readonly kind: 'message'; readonly id: string | undefined; readonly data: string }
  | { readonly kind: 'comment'; readonly text: string }

/** Parses server-sent events from chunks of text, regardless of how they are split. */
export function sseReader(onItem: (item: SseItem) => void): (piece: string) => void {
  let rest = ''
  let data: string[] = []
  let id: string | undefined
  const takeLine = (line: string): void => {
    if (line === '') {
      const held = data
      data = []
      if (held.length > 0) onItem({ kind: 'message', id, data: held.join('\n') })
      return
    }
    if (line.startsWith(':')) {
      onItem({ kind: 'comment', text: line.slice(1).trim() })
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /u, '')
    if (field === 'data') data.push(value)
    if (field === 'id') id = value
  }
  return (piece) => {
    // The end of a chunk can be the first half of a CRLF.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/u)
    rest = lines.pop() ?? ''
    for (const line of lines) takeLine(line)
  }
}
