import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startBrowser } from '../../test/support/browser.ts'
import { requires } from '../../test/support/requires.ts'
import { buildSite } from './build-site.ts'
import { renderMarkdown } from './render-markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const html = (markdown: string) => renderMarkdown(markdown, () => undefined).html

describe('the rendering of Markdown', () => {
  it('knows what the documents use', () => {
    assert.equal(
      html('# A `b` *c*\n\nOne **two**\nlines.'),
      '<h1 id="a-b-c">A <code>b</code> <em>c</em></h1>\n<p>One <strong>two</strong>\nlines.</p>',
    )
    assert.equal(html('- a\n- b\n  more\n\n1. x\n   - y'), '<ul><li>a</li><li>b more</li></ul>\n<ol><li>x<ul><li>y</li></ul></li></ol>')
    assert.equal(html('```sh\nls <x>\n```'), '<pre><code class="sh">ls &lt;x&gt;</code></pre>')
    assert.equal(html('    holdfast run\n\n    again'), '<pre><code>holdfast run\n\nagain</code></pre>')
    assert.match(html('| a | b |\n| --- | --: |\n| `x \\| y` | [z](u.md#v) |'), /<td><code>x \| y<\/code><\/td><td><a href="u\.md#v">z<\/a><\/td>/u)
    assert.match(html('## Same\n\n## Same'), /id="same"[\s\S]*id="same-1"/u)
  })

  it('interprets no markup of the text', () => {
    assert.equal(html('<script>alert(1)</script> & "x"'), '<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;</p>')
    assert.equal(html('`<b>` and a_b_c and 2 * 3 * 4'), '<p><code>&lt;b&gt;</code> and a_b_c and 2 * 3 * 4</p>')
  })
})

describe('the site of the documents', () => {
  const target = mkdtempSync(join(tmpdir(), 'site-'))
  before(() => {
    buildSite(root, target)
  })
  after(() => rmSync(target, { recursive: true }))

  const pages = () => globSync('**/*.html', { cwd: target })
  const read = (page: string) => readFileSync(join(target, page), 'utf8')

  it('has all guides, in both languages, and loads nothing from elsewhere', () => {
    for (const guide of globSync('docs/{guide,ru}/*.md', { cwd: root })) {
      assert.ok(existsSync(join(target, guide.replace('README.md', 'index.md').replace(/md$/u, 'html'))), guide)
    }
    for (const page of pages()) assert.doesNotMatch(read(page), /(?:src|<link[^>]*href)="(?:https?:)?\/\//u, page)
  })

  it('links only to pages and headings that exist, within the site', () => {
    for (const page of pages()) assert.deepEqual(brokenLinks(page), [], page)
  })

  function brokenLinks(page: string): readonly string[] {
    const links = [...read(page).matchAll(/(?:href|src)="(?!https?:)(?<link>[^"]*)"/gu)].map(({ groups }) => groups?.['link'] ?? '')
    return links.filter((link) => {
      const [path = '', anchor] = link.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      // Files of the sources are no pages.
      if (!/\.(?:html|png|css|js)$/u.test(file)) return false
      return !existsSync(join(target, file)) || (anchor !== undefined && !read(file).includes(`id="${decodeURIComponent(anchor)}"`))
    })
  }

  it('finds text in both languages, opened from a file without a network', { skip: requires('chromium') }, async (t) => {
    const browser = await startBrowser()
    t.after(() => browser.close())
    const page = await browser.newPage()
    await page.goto(pathToFileURL(join(target, 'docs/guide/index.html')).href)
    const first = page.locator('#found a').first()
    await page.fill('#search', 'journal lost')
    await first.waitFor()
    await page.fill('#search', 'дежурному восстановление')
    assert.match((await first.textContent()) ?? '', /Дежурному: восстановление данных/u)
    await first.click()
    assert.match((await page.locator('h1').textContent()) ?? '', /Дежурному: восстановление данных/u)
  })
})
