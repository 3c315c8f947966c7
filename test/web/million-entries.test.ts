import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { beginIndexOf } from '../../src/backup/contents/index/index-places.ts'
import { axeFindings, openTab, startBrowser } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { logIn } from '../support/web-login.ts'
import { startWeb, type WebPlace } from '../support/web-server.ts'

const ENTRIES = 1_000_000

/** An index of a folder "f" with a million files, as that of the archive of the newest set. Returns the name of the set. */
async function indexMany({ place }: WebPlace): Promise<string> {
  const store = join(place.top, 'store/nightly')
  const set = readdirSync(store).find((it) => /^\d/u.test(it)) ?? ''
  const { objects } = JSON.parse(readFileSync(join(store, set, 'manifest.json'), 'utf8')) as {
    readonly objects: readonly { readonly path: string }[]
  }
  const record = objects.find(({ path }) => path === 'etc.tar.zst')
  const places = { sets: { label: store }, stateFolder: join(place.top, 'state') }
  const index = await beginIndexOf(places, { set, record: record as never }, { signal: new AbortController().signal })
  for (let at = 0; at < ENTRIES; at += 1) {
    index?.add({ path: `f/file ${at}`, kind: 'file', bytes: at })
    await index?.drained()
  }
  assert.equal(await index?.store({ made: new Date(), format: 'tar', entries: ENTRIES }), undefined)
  return set
}

/** The names that are visible in the list; undefined while one is missing. */
async function visible(page: Page): Promise<readonly number[] | undefined> {
  const texts = await page.evaluate(`(() => {
    const area = document.querySelector('.entry-scroll')?.getBoundingClientRect() ?? { top: 0, bottom: 0 }
    return [...document.querySelectorAll('.entry-scroll .entry-row')]
      .filter((it) => it.getBoundingClientRect().bottom > area.top + 1 && it.getBoundingClientRect().top < area.bottom - 1)
      .map((it) => it.querySelector('.mono')?.textContent ?? '')
  })()`)
  const numbers = (texts as readonly string[]).map((it) => Number(/^file (?<number>\d+)$/u.exec(it)?.groups?.['number']))
  return numbers.length < 5 || numbers.some(Number.isNaN) ? undefined : numbers
}

describe('an archive with a million files in one folder', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('is listed to its end, with a few rows in the page', async (t) => {
    const web = await startWeb(t)
    await web.holdfast(['-q', 'run', 'nightly'])
    const set = await indexMany(web)
    const tab = await openTab(browser)
    const { page } = tab
    await logIn(web, tab)
    await page.goto(`${web.url}set?${new URLSearchParams({ task: 'nightly', set, object: 'etc.tar.zst', folder: 'f' })}`)
    await until(async () => (await visible(page))?.[0] === 0)
    assert.equal(await page.getByRole('table', { name: 'What is inside' }).getAttribute('aria-rowcount'), String(ENTRIES + 1))
    assert.deepEqual(await axeFindings(page), [])
    const list = page.locator('.entry-scroll')
    await page.evaluate("(() => { const list = document.querySelector('.entry-scroll'); list.scrollTo(0, list.scrollHeight / 2) })()")
    await until(async () => Math.abs(((await visible(page))?.[0] ?? 0) - ENTRIES / 2) < ENTRIES / 100)
    await list.focus()
    await page.keyboard.press('End')
    await until(async () => (await visible(page))?.at(-1) === ENTRIES - 1)
    const lines = (await visible(page)) ?? []
    for (const [index, number] of lines.entries()) assert.equal(number, (lines[0] ?? 0) + index)
    assert.ok((await page.getByRole('row').count()) < 100)
    await page.getByRole('link', { name: `Get back f/file ${ENTRIES - 1}` }).click()
    await page
      .getByText(`--path='f/file ${ENTRIES - 1}'`)
      .or(page.getByText(`--path=f/file ${ENTRIES - 1}`))
      .first()
      .waitFor()
    assert.deepEqual(tab.complaints, [])
  })
})
