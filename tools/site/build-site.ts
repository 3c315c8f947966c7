import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plainText, renderMarkdown } from './render-markdown.ts'
import { htmlPath, renderPage, type SitePage } from './render-page.ts'

const START = 'docs/guide/README.md'
const SECTIONS: readonly (readonly [title: string, pattern: string])[] = [
  ['Guides', 'docs/guide/*.md'],
  ['По-русски', 'docs/ru/*.md'],
  ['Reference', 'docs/reference/*.md'],
  ['Formats', 'docs/format/*.md'],
  ['Proofs', 'docs/proofs/*.md'],
  ['Decisions', 'docs/decisions/*.md'],
  ['More', '{README,ARCHITECTURE,CONTRIBUTING,SECURITY,docs/security}.md'],
]

/** Builds the documents below `root` as static pages in `target`: no server, no network, and no script but the search. Resolves with the written pages. */
export function buildSite(root: string, target: string): readonly SitePage[] {
  rmSync(target, { recursive: true, force: true })
  const pages = SECTIONS.flatMap(([section, pattern]) =>
    inOrder(root, globSync(pattern, { cwd: root })).map((path) => readPage(root, { path, section })),
  )
  const known = new Set(pages.map(({ path }) => path))
  for (const page of pages) {
    const { html } = renderMarkdown(page.markdown, (link) => addressOf(link, page.path, known))
    write(target, htmlPath(page.path), renderPage(page, { pages, html, base: baseOf(page.path), start: htmlPath(START) }))
  }
  // A script, because a page that is opened from a file cannot fetch data.
  const entries = pages.flatMap(({ path, title, sections }) =>
    sections.map(({ id, heading, text }) => [`${htmlPath(path)}${id}`, title, heading, text]),
  )
  write(target, 'search-index.js', `globalThis.searchIndex = ${JSON.stringify(entries)}\n`)
  for (const name of ['site.css', 'search.js']) cpSync(fileURLToPath(new URL(name, import.meta.url)), join(target, name))
  cpSync(join(root, 'docs/images'), join(target, 'docs/images'), { recursive: true })
  write(
    target,
    'index.html',
    `<!doctype html><meta charset="utf-8"><title>Holdfast</title><meta http-equiv="refresh" content="0; url=${htmlPath(START)}">\n`,
  )
  return pages
}

/** The list of a folder first, then its pages as they are listed there. */
function inOrder(root: string, paths: readonly string[]): readonly string[] {
  const list = paths.find((path) => path.endsWith('/README.md'))
  const text = list === undefined ? '' : readFileSync(join(root, list), 'utf8')
  const rank = (path: string) => (path === list ? -1 : text.indexOf(`](${posix.basename(path)})`) >>> 0)
  return paths.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function readPage(root: string, { path, section }: Pick<SitePage, 'path' | 'section'>): SitePage {
  const markdown = readFileSync(join(root, path), 'utf8')
  const { headings } = renderMarkdown(markdown, () => undefined)
  const parts = markdown.split(/^(?=#{1,6} )/mu).filter((part) => part.trim() !== '')
  // Headings inside code are no headings: the search finds their text in the section above.
  const sections = parts.flatMap((part) => {
    const [first = '', ...rest] = part.split('\n')
    const heading = headings.find(({ text }) => text === plainText(first.replace(/^#+ /u, '')))
    return heading
      ? [{ id: heading.level === 1 ? '' : `#${heading.id}`, heading: heading.text, text: plainText(rest.join(' ')).replaceAll(/\s+/gu, ' ') }]
      : []
  })
  return { path, section, markdown, title: headings[0]?.text ?? path, headings, sections }
}

/** Of a link on a page: to another page of the site, or to an image; empty for a file of the sources, which the site does not have. */
function addressOf(link: string, from: string, known: ReadonlySet<string>): string | undefined {
  if (/^(?:[a-z]+:|#)/u.test(link)) return undefined
  const [path = '', anchor] = link.split('#')
  const absolute = posix.join(posix.dirname(from), path)
  const wanted = known.has(posix.join(absolute, 'README.md')) ? posix.join(absolute, 'README.md') : absolute
  if (wanted.startsWith('docs/images/')) return undefined
  if (!known.has(wanted)) return ''
  return `${posix.relative(posix.dirname(htmlPath(from)), htmlPath(wanted))}${anchor === undefined ? '' : `#${anchor}`}`
}

function baseOf(path: string): string {
  return '../'.repeat(path.split('/').length - 1)
}

function write(target: string, path: string, text: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true })
  writeFileSync(join(target, path), text)
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const pages = buildSite(root, join(root, 'dist/site'))
  process.stdout.write(`dist/site: ${pages.length} pages\n`)
}
