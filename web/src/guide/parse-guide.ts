/** A part of a line: plain text, code or strong text. */
export interface Span {
  readonly kind: 'text' | 'code' | 'strong'
  readonly text: string
}

/** A block of the guide. Unrecognized lines are paragraphs with their text unchanged. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: 'code'; readonly info: string; readonly text: string }

/** Parses the subset of Markdown used in `RESTORE.md`. The result contains texts, never markup. */
export function parseGuide(markdown: string): readonly Block[] {
  const lines = markdown.split(/\r?\n/u)
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    const taken = takeCode(lines, at) ?? takeHeading(lines, at) ?? takeList(lines, at) ?? takeParagraph(lines, at)
    if (taken.block) blocks.push(taken.block)
    at = taken.next
  }
  return blocks
}

interface Taken {
  readonly block: Block | undefined
  readonly next: number
}

function takeCode(lines: readonly string[], at: number): Taken | undefined {
  const { fence, info = '' } = /^(?<fence>`{3,})(?<info>[^`]*)$/u.exec(lines[at] ?? '')?.groups ?? {}
  if (fence === undefined) return undefined
  const end = lines.indexOf(fence, at + 1)
  const last = end < 0 ? lines.length : end
  return { block: { kind: 'code', info: info.trim(), text: lines.slice(at + 1, last).join('\n') }, next: last + 1 }
}

function takeHeading(lines: readonly string[], at: number): Taken | undefined {
  const { marks, text = '' } = /^(?<marks>#{1,6}) (?<text>.*)$/u.exec(lines[at] ?? '')?.groups ?? {}
  if (marks === undefined) return undefined
  return { block: { kind: 'heading', level: marks.length, spans: spansOf(text) }, next: at + 1 }
}

function takeList(lines: readonly string[], at: number): Taken | undefined {
  const items: string[] = []
  let next = at
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? ''
    if (line.startsWith('- ')) items.push(line.slice(2))
    else if (items.length > 0 && /^ {2,}\S/u.test(line)) items.push(`${items.pop()} ${line.trim()}`)
    else break
  }
  return items.length === 0 ? undefined : { block: { kind: 'list', items: items.map(spansOf) }, next }
}

function takeParagraph(lines: readonly string[], at: number): Taken {
  let next = at
  while (next < lines.length && (lines[next] ?? '').trim() !== '' && !(next > at && /^(?:`{3}|#{1,6} |- )/u.test(lines[next] ?? ''))) next += 1
  if (next === at) return { block: undefined, next: at + 1 }
  return { block: { kind: 'paragraph', spans: spansOf(lines.slice(at, next).join(' ')) }, next }
}

/** Code, strong text, and characters escaped by a backslash. */
function spansOf(line: string): readonly Span[] {
  const found = line.matchAll(/`(?<code>[^`]+)`|\*\*(?<strong>(?:\\.|[^*\\])+)\*\*|(?<text>(?:\\.|[^`*\\])+|[`*\\])/gu)
  const spans: Span[] = []
  for (const { groups = {} } of found) {
    const { code, strong, text = '' } = groups
    const kind = code !== undefined ? 'code' : strong !== undefined ? 'strong' : 'text'
    const last = spans.at(-1)
    const words = code ?? plain(strong ?? text)
    if (kind === 'text' && last?.kind === 'text') spans[spans.length - 1] = { kind, text: last.text + words }
    else spans.push({ kind, text: words })
  }
  return spans
}

function plain(text: string): string {
  return text.replaceAll(/\\(?<sign>[^\p{L}\p{N}\s])/gu, '$<sign>')
}
