import { parseSync } from 'oxc-parser'

/** A range of lines, first and last included. */
export interface Lines {
  readonly file: string
  readonly from: number
  readonly to: number
}

/** Two ranges of lines with code of the same shape: it is equal if names and literals are ignored. */
export interface Duplicate {
  readonly lines: number
  readonly left: Lines
  readonly right: Lines
}

interface Token {
  /** A keyword or a punctuation mark; `=name` or `=literal` for the others. */
  readonly shape: string
  readonly line: number
}

interface Source {
  readonly file: string
  readonly tokens: readonly Token[]
  /** The token of this source at which a range may begin. */
  readonly at: number
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly value?: unknown
}

interface Span {
  readonly start: number
  readonly end: number
  /** Undefined if the span is no code. */
  readonly shape: string | undefined
}

const names = new Set(['Identifier', 'PrivateIdentifier'])

/** Of fewer tokens no pair is examined; ten lines of code have more. */
const SEED = 24

/** Fewer different shapes of lines are rows of a table: `one: first(),` `two: second(),`. */
const MIN_SHAPES = 6

/**
 * The pairs of ranges in which at least `minLines` lines of code have the same shape, the longest first; of overlapping pairs, the longest. Imports,
 * comments, and rows of tables are not counted; a list or object of literals counts as one line. Code that differs by one token in between is two ranges.
 */
export function findDuplicates(texts: ReadonlyMap<string, string>, minLines: number): Duplicate[] {
  const sources = [...texts].flatMap(([file, text]) => {
    const tokens = tokensOf(file, text)
    return tokens.slice(SEED - 1).map((_, at): Source => ({ file, tokens, at }))
  })
  const groups = Map.groupBy(sources, ({ tokens, at }) => shapesOf(tokens.slice(at, at + SEED)))
  const found = [...groups.values()]
    .flatMap((group) => group.flatMap((left, index) => group.slice(index + 1).map((right) => compare(left, right))))
    .filter((it) => it !== undefined)
    .filter((it) => it.lines >= minLines)
  return withoutOverlaps(found.sort((a, b) => b.lines - a.lines))
}

function compare(left: Source, right: Source): Duplicate | undefined {
  const isEqual = (offset: number) => {
    const shape = left.tokens[left.at + offset]?.shape
    return shape !== undefined && shape === right.tokens[right.at + offset]?.shape
  }
  // This pair is a part of the one that begins a token earlier.
  if (isEqual(-1)) return undefined
  const most = left.file === right.file ? right.at - left.at : Number.POSITIVE_INFINITY
  let length = SEED
  while (length < most && isEqual(length)) length += 1
  if (length > most) return undefined
  const ranges = [rangeOf(left, length), rangeOf(right, length)] as const
  if (ranges.some((it) => it.shapes < MIN_SHAPES)) return undefined
  return { lines: Math.min(ranges[0].lines, ranges[1].lines), left: ranges[0].range, right: ranges[1].range }
}

/** The lines of which all tokens are among the `length` ones. */
function rangeOf({ file, tokens, at }: Source, length: number) {
  const before = tokens[at - 1]?.line
  const after = tokens[at + length]?.line
  const lines = Map.groupBy(tokens.slice(at, at + length), (it) => it.line)
  for (const line of [before, after]) if (line !== undefined) lines.delete(line)
  const numbers = [...lines.keys()]
  const range: Lines = { file, from: numbers[0] ?? 0, to: numbers.at(-1) ?? 0 }
  return { range, lines: numbers.length, shapes: new Set([...lines.values()].map(shapesOf)).size }
}

function withoutOverlaps(sorted: readonly Duplicate[]): Duplicate[] {
  const kept: Duplicate[] = []
  for (const it of sorted) if (!kept.some((longer) => overlap(longer.left, it.left) && overlap(longer.right, it.right))) kept.push(it)
  return kept
}

function overlap(one: Lines, other: Lines): boolean {
  return one.file === other.file && one.from <= other.to && other.from <= one.to
}

function shapesOf(tokens: readonly Token[]): string {
  return tokens.map((it) => it.shape).join(' ')
}

function tokensOf(file: string, text: string): Token[] {
  const { program, comments } = parseSync(file, text)
  const imports = program.body.filter((it) => it.type === 'ImportDeclaration')
  const skipped = [...comments, ...imports].map(({ start, end }): Span => ({ start, end, shape: undefined }))
  const end: Span = { start: text.length, end: text.length, shape: undefined }
  const spans = [...spansOf(program as unknown as Node), ...skipped].sort((a, b) => a.start - b.start || b.end - a.end)
  const tokens: Token[] = []
  const position = { offset: 0, line: 1 }
  const push = (shape: string, offset: number) => {
    for (; position.offset < offset; position.offset += 1) if (text[position.offset] === '\n') position.line += 1
    // A comma is added at the end of a list that is wrapped.
    if (/^[)\]}>]$/u.test(shape) && tokens.at(-1)?.shape === ',') tokens.pop()
    tokens.push({ shape, line: position.line })
  }
  let done = 0
  for (const span of [...spans, end]) {
    if (span.start < done) continue
    for (const mark of text.slice(done, span.start).matchAll(/\w+|[^\s\w]/gu)) push(mark[0], done + mark.index)
    if (span.shape !== undefined) push(span.shape, span.start)
    done = span.end
  }
  return tokens
}

/** The names and literals below a node. What is between them are keywords, punctuation marks and comments. */
function spansOf(node: Node): Span[] {
  if (isData(node)) return [{ start: node.start, end: node.end, shape: '=literal' }]
  const children = childrenOf(node)
  const inner = children.flatMap(spansOf)
  if (!names.has(node.type)) return inner
  // A name with a type ends behind the type.
  return [{ start: node.start, end: Math.min(node.end, ...children.map((it) => it.start)), shape: '=name' }, ...inner]
}

/** A literal, or a list or object of nothing else. */
function isData(node: Node): boolean {
  if (node.type === 'Literal' || node.type === 'TemplateElement') return true
  if (node.type === 'ArrayExpression') return childrenOf(node).every(isData)
  return node.type === 'ObjectExpression' && childrenOf(node).every((it) => it.type === 'Property' && isNode(it.value) && isData(it.value))
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
}
