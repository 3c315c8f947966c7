import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { onlyWhenLong } from '../long/only-when-long.ts'
import { requires } from '../support/requires.ts'
import { leftOut } from '../support/some-of.ts'
import { commandBlocks, scriptOf } from './command-blocks.ts'
import { onFreshHost } from './fresh-host.ts'
import { PAGES, type Page, RUN_ELSEWHERE } from './pages.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const blocksOf = (page: string) => commandBlocks(readFileSync(join(checkout, page), 'utf8'))
const startOf = (block: string, table: Readonly<Record<string, string>> = {}) => Object.keys(table).find((start) => block.startsWith(start))

/** The script of all blocks of a page that are run. */
function scriptOfPage(page: string, { before = '', prepare, change = [], notRun, inText = [] }: Page): string {
  const blocks = blocksOf(page).filter((block) => startOf(block, notRun) === undefined)
  const scripts = blocks.map((block) => {
    const script = change.reduce((text, [from, to]) => text.replaceAll(from, to), scriptOf(block))
    return `${prepare?.[startOf(block, prepare) ?? ''] ?? ''}\necho "== ${script.split('\n')[0]?.replaceAll(/[^\w ./-]/gu, '')}"\n${script}`
  })
  return [before, ...scripts, ...inText].join('\n')
}

describe('the commands of guides', {
  skip: requires('root', 'leave to mount', 'zstd', 'crontab', 'ip', 'age-keygen', 'pg_lsclusters', 'mariadbd', 'openssl'),
}, () => {
  for (const [page, guide] of Object.entries(PAGES))
    it(`${page}: each block is run on a fresh host, in order`, { skip: guide.isLong === true ? onlyWhenLong() : leftOut(page) }, () => {
      const { status, text } = onFreshHost(scriptOfPage(page, guide))
      assert.equal(status, 0, text)
      for (const expected of guide.says) assert.match(text, expected)
    })

  it('are all run, or listed with the reason', () => {
    const withCommands = globSync(['docs/guide/*.md', 'README.md'], { cwd: checkout }).filter((page) => blocksOf(page).length > 0)
    const known = [...Object.keys(PAGES), ...Object.keys(RUN_ELSEWHERE)]
    assert.deepEqual(
      withCommands.filter((page) => !known.includes(page)),
      [],
    )
  })

  it('are on the pages, if the table names them', () => {
    const missing = Object.entries(PAGES).flatMap(([page, { notRun = {}, prepare = {}, inText = [] }]) => {
      const text = readFileSync(join(checkout, page), 'utf8')
      const starts = [...Object.keys(notRun), ...Object.keys(prepare)].filter((start) => !blocksOf(page).some((block) => block.startsWith(start)))
      return [...starts, ...inText.filter((command) => !text.includes(`\`${command}\``))].map((it) => `${page}: ${it}`)
    })
    assert.deepEqual(missing, [])
  })

  it('are the same in Russian', () => {
    for (const page of globSync('docs/ru/*.md', { cwd: checkout })) {
      const commands = (path: string) => blocksOf(path).map((block) => scriptOf(block).replaceAll(/ *#.*/gu, ''))
      const original = page.replace('docs/ru', 'docs/guide')
      assert.deepEqual(commands(page), commands(original), page)
      const text = readFileSync(join(checkout, page), 'utf8')
      assert.deepEqual(
        (PAGES[original]?.inText ?? []).filter((command) => !text.includes(`\`${command}\``)),
        [],
        page,
      )
    }
  })
})
