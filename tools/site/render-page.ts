import { escapeHtml, type Heading } from './render-markdown.ts'

export interface SitePage {
  /** Of the Markdown file, relative to the checkout. */
  readonly path: string
  readonly section: string
  readonly title: string
  readonly markdown: string
  readonly headings: readonly Heading[]
  /** For the search: the text below each heading. */
  readonly sections: readonly { readonly id: string; readonly heading: string; readonly text: string }[]
}

interface Layout {
  readonly pages: readonly SitePage[]
  readonly html: string
  /** From the page to the top of the site. */
  readonly base: string
  readonly start: string
}

/** A whole page: navigation, search, text. */
export function renderPage(page: SitePage, { pages, html, base, start }: Layout): string {
  const isRussian = page.path.startsWith('docs/ru/')
  const sections = Map.groupBy(pages, ({ section }) => section)
  const lists = [...sections].map(([section, those]) => {
    const items = those.map(
      (it) => `<li><a${it === page ? ' aria-current="page"' : ''} href="${base}${htmlPath(it.path)}">${escapeHtml(it.title)}</a></li>`,
    )
    return `<details${section === page.section ? ' open' : ''}><summary>${escapeHtml(section)}</summary><ul>${items.join('')}</ul></details>`
  })
  return `<!doctype html>
<html lang="${isRussian ? 'ru' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'">
<title>${escapeHtml(page.title)} – Holdfast</title>
<link rel="stylesheet" href="${base}site.css">
<script defer src="${base}search-index.js"></script>
<script defer src="${base}search.js"></script>
</head>
<body data-base="${base}">
<a class="skip" href="#text">${isRussian ? 'К тексту' : 'To the text'}</a>
<header><a href="${base}${start}">Holdfast</a>
<search><label>${isRussian ? 'Поиск' : 'Search'} <input id="search" type="search" autocomplete="off" aria-controls="found"></label><ol id="found" hidden></ol></search></header>
<div class="columns">
<nav aria-label="${isRussian ? 'Страницы' : 'Pages'}">${lists.join('')}</nav>
<main id="text">
${html}
</main>
</div>
</body>
</html>
`
}

/** The address of a page in the site. */
export function htmlPath(path: string): string {
  return path
    .replace(/README\.md$/u, 'index.md')
    .replace(/^index\.md$/u, 'about.md')
    .replace(/\.md$/u, '.html')
}
