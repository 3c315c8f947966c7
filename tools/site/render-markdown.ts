/** A heading of a page, for its table of contents and the search. */
export interface Heading {
  readonly level: number
  readonly id: string
  readonly text: string
}

export interface RenderedPage {
  readonly html: string
  readonly headings: readonly Heading[]
}

/** Where a link of a page leads; undefined: it stays as it is; empty: it leads nowhere, and only its text is shown. */
export type Resolve = (target: string) => string | undefined

/**
 * Renders the Markdown of the documents: headings, paragraphs, lists, tables, code, quotations, links, images and emphasis, as GitHub does. Markup in the text is shown,
 * not interpreted, except for `<picture>`, whose parts are taken over by name.
 */
export function renderMarkdown(markdown: string, resolve: Resolve): RenderedPage {
  const lines = markdown.split('\n')
  const headings: Heading[] = []
  const html: string[] = []
  for (let at = 0; at < lines.length; ) {
    const block = BLOCKS.map((take) => take(lines, at, { resolve, headings })).find((it) => it !== undefined)
    if (block === undefined) at += 1
    else {
      html.push(block.html)
      at = block.next
    }
  }
  return { html: html.join('\n'), headings }
}

interface Context {
  readonly resolve: Resolve
  readonly headings: Heading[]
}

type Take = (lines: readonly string[], at: number, context: Context) => { readonly html: string; readonly next: number } | undefined

const takeFence: Take = (lines, at) => {
  const { indent = '', fence, info = '' } = /^(?<indent> *)(?<fence>`{3,})(?<info>.*)$/u.exec(lines[at] ?? '')?.groups ?? {}
  if (fence === undefined) return undefined
  const end = lines.findIndex((line, index) => index > at && line.trim() === fence)
  const last = end < 0 ? lines.length : end
  const text = lines.slice(at + 1, last).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
  return { html: `<pre><code class="${escapeHtml(info.trim())}">${escapeHtml(text.join('\n'))}</code></pre>`, next: last + 1 }
}

const takeIndented: Take = (lines, at) => {
  if (!/^ {4}\S/u.test(lines[at] ?? '')) return undefined
  let next = at
  while (next < lines.length && (/^ {4}/u.test(lines[next] ?? '') || ((lines[next] ?? '') === '' && /^ {4}/u.test(lines[next + 1] ?? '')))) next += 1
  const text = lines.slice(at, next).map((line) => line.slice(4))
  return { html: `<pre><code>${escapeHtml(text.join('\n'))}</code></pre>`, next }
}

const takeHeading: Take = (lines, at, { resolve, headings }) => {
  const { marks, text = '' } = /^(?<marks>#{1,6}) (?<text>.*)$/u.exec(lines[at] ?? '')?.groups ?? {}
  if (marks === undefined) return undefined
  const plain = plainText(text)
  const slug = slugOf(plain)
  const same = headings.filter(({ id }) => id === slug || id.startsWith(`${slug}-`)).length
  const id = same === 0 ? slug : `${slug}-${same}`
  headings.push({ level: marks.length, id, text: plain })
  return { html: `<h${marks.length} id="${escapeHtml(id)}">${inline(text, resolve)}</h${marks.length}>`, next: at + 1 }
}

const takeTable: Take = (lines, at, { resolve }) => {
  if (!/^\|.*\|\s*$/u.test(lines[at] ?? '') || !/^\|(?: *:?-+:? *\|)+\s*$/u.test(lines[at + 1] ?? '')) return undefined
  let next = at + 2
  while (/^\|.*\|\s*$/u.test(lines[next] ?? '')) next += 1
  const row = (line: string, tag: string) =>
    `<tr>${cellsOf(line)
      .map((cell) => `<${tag}>${inline(cell, resolve)}</${tag}>`)
      .join('')}</tr>`
  const body = lines.slice(at + 2, next).map((line) => row(line, 'td'))
  return { html: `<div class="table"><table><thead>${row(lines[at] ?? '', 'th')}</thead><tbody>${body.join('')}</tbody></table></div>`, next }
}

const ITEM = /^(?<indent> *)(?:[-*]|(?<number>\d+)\.) +(?<text>.*)$/u

const takeList: Take = (lines, at, context) => {
  const first = ITEM.exec(lines[at] ?? '')?.groups
  if (first === undefined) return undefined
  const indent = first['indent']?.length ?? 0
  const items: string[][] = []
  let next = at
  for (; next < lines.length; next += 1) {
    const part = partOfItem(lines, next, indent)
    if (part === undefined) break
    if (part.isNew) items.push([part.text])
    else items.at(-1)?.push(part.text)
  }
  const tag = first['number'] === undefined ? 'ul' : 'ol'
  return { html: `<${tag}>${items.map((item) => `<li>${itemHtml(item, context)}</li>`).join('')}</${tag}>`, next }
}

/** What a line adds to a list of this indentation; undefined: it is not part of it. */
function partOfItem(lines: readonly string[], at: number, indent: number): { readonly isNew: boolean; readonly text: string } | undefined {
  const line = lines[at] ?? ''
  const item = ITEM.exec(line)?.groups
  if (item !== undefined && item['indent']?.length === indent) return { isNew: true, text: item['text'] ?? '' }
  if (line.trim() === '') return /^ +\S/u.test(lines[at + 1] ?? '') ? { isNew: false, text: '' } : undefined
  return line.search(/\S/u) > indent ? { isNew: false, text: line.slice(indent + 2).replace(/^ (?=\S)/u, '') } : undefined
}

function itemHtml(lines: readonly string[], { resolve }: Context): string {
  const rest = lines.findIndex((line, index) => index > 0 && (line === '' || ITEM.test(line) || /^`{3}/u.test(line)))
  const text = lines.slice(0, rest < 0 ? lines.length : rest).join(' ')
  return inline(text, resolve) + (rest < 0 ? '' : renderMarkdown(lines.slice(rest).join('\n'), resolve).html)
}

const takeQuote: Take = (lines, at, { resolve }) => {
  if (!/^>/u.test(lines[at] ?? '')) return undefined
  let next = at
  while (/^>/u.test(lines[next] ?? '')) next += 1
  const text = lines.slice(at, next).map((line) => line.replace(/^> ?/u, ''))
  return { html: `<blockquote>${renderMarkdown(text.join('\n'), resolve).html}</blockquote>`, next }
}

const takePicture: Take = (lines, at, { resolve }) => {
  if ((lines[at] ?? '').trim() !== '<picture>') return undefined
  const end = lines.indexOf('</picture>', at)
  const text = lines.slice(at, end).join(' ')
  const { src = '', alt = '' } = /<img src="(?<src>[^"]*)" alt="(?<alt>[^"]*)"/u.exec(text)?.groups ?? {}
  return { html: `<p><img src="${escapeHtml(resolve(src) ?? src)}" alt="${escapeHtml(alt)}"></p>`, next: end + 1 }
}

const takeParagraph: Take = (lines, at, { resolve }) => {
  if ((lines[at] ?? '').trim() === '' || /^<!--/u.test(lines[at] ?? '')) return undefined
  let next = at + 1
  while (next < lines.length && (lines[next] ?? '').trim() !== '' && !/^(?:`{3}|#{1,6} |\||>|(?:[-*]|\d+\.) )/u.test(lines[next] ?? '')) next += 1
  return { html: `<p>${inline(lines.slice(at, next).join('\n'), resolve)}</p>`, next }
}

const BLOCKS: readonly Take[] = [takeFence, takeIndented, takeHeading, takeTable, takeList, takeQuote, takePicture, takeParagraph]

/** Without the separators that are escaped or in code. */
function cellsOf(line: string): readonly string[] {
  const cells = line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/u)
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'))
}

const INLINE =
  /(?<ticks>`+)(?<code>.+?)\k<ticks>(?!`)|!?\[(?<label>(?:`[^`]*`|[^\]`])*)\]\((?<target>[^)\s]+)\)|\*\*(?<strong>.+?)\*\*|(?<![\w*])[*_](?<em>[^\s*_](?:[^*_]*[^\s*_])?)[*_](?![\w*])|\\(?<escaped>[\\`*_{}[\]<>()#!|~&.-])|(?<url>https?:\/\/[^\s<>)"]*[^\s<>)".,;:])/gsu

function inline(text: string, resolve: Resolve): string {
  const html: string[] = []
  let last = 0
  for (const match of text.matchAll(INLINE)) {
    html.push(escapeHtml(text.slice(last, match.index)), spanHtml(match, resolve))
    last = match.index + match[0].length
  }
  html.push(escapeHtml(text.slice(last)))
  return html.join('')
}

function spanHtml({ 0: all, groups = {} }: RegExpExecArray, resolve: Resolve): string {
  const { code, label, target, strong, em, escaped, url } = groups
  if (code !== undefined) return `<code>${escapeHtml(code.trim())}</code>`
  if (strong !== undefined) return `<strong>${inline(strong, resolve)}</strong>`
  if (em !== undefined) return `<em>${inline(em, resolve)}</em>`
  if (escaped !== undefined) return escapeHtml(escaped)
  if (url !== undefined) return `<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`
  const address = escapeHtml(resolve(target ?? '') ?? target ?? '')
  if (all.startsWith('!')) return `<img src="${address}" alt="${escapeHtml(label ?? '')}">`
  const text = inline(label ?? '', resolve)
  return address === '' ? text : `<a href="${address}">${text}</a>`
}

/** The text of a line without its markup. */
export function plainText(text: string): string {
  return text
    .replaceAll(/!?\[((?:`[^`]*`|[^\]`])*)\]\([^)\s]+\)/gu, '$1')
    .replaceAll(/\*\*|`/gu, '')
    .trim()
}

/** The anchor of a heading, as GitHub makes it. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/gu, '-')
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
