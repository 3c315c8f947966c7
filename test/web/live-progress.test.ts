import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Run } from '../../src/api/schema/runs.ts'
import { axeFindings, openTab, startBrowser } from '../support/browser.ts'
import { until } from '../support/patience.ts'
import { requires } from '../support/requires.ts'
import { logIn } from '../support/web-login.ts'
import { startWeb, type WebPlace } from '../support/web-server.ts'

const TASKS = `
tasks:
  drip:
    workers: 3
    steps:
      - backup:
          keep: { daily: 7 }
          objects:
            quick: { compress: none, pipeline: [ { shell: "echo quick; while [ ! -e @TOP@/quick ]; do sleep 0.1; done" }, [cat] ] }
            throttled:
              compress: none
              pipeline:
                - [cat, /dev/zero]
                - { shell: "while [ ! -e @TOP@/end ] && head -c 65536; do sleep 0.2; done" }
                - [cat]
            drip: { compress: none, pipeline: [ { shell: "while [ ! -e @TOP@/end ]; do echo 0123456789; sleep 0.1; done" }, [cat] ] }
`

describe('a run that was not started from the pages', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('is shown with the bytes and the stages of its objects while they are made, and with those that are complete', async (t) => {
    const web = await startWeb(t, TASKS)
    const tab = await openTab(browser)
    const { page } = tab
    await logIn(web, tab)
    const run = web.holdfast(['-q', 'run', 'drip'])
    await page.goto(`${web.url}hosts/local?tab=runs`)
    await page.getByRole('link', { name: 'running' }).click()
    const row = (name: string) => page.locator('.timeline-row:not(.step)', { hasText: name })
    const size = async () => Number.parseInt((await row('drip').locator('.timeline-figures > span').first().textContent()) ?? '', 10)
    await until(async () => (await size()) > 0)
    const first = await size()
    await until(async () => (await size()) > first)
    await row('drip').getByText('B/s').waitFor()
    await page.getByText('0 of 3 objects made').waitFor()
    await isNamed(web, page)
    writeFileSync(join(web.place.top, 'quick'), '')
    await page.getByText('1 of 3 objects made').waitFor()
    await row('quick').locator('.state.good').waitFor()
    writeFileSync(join(web.place.top, 'end'), '')
    await page.getByText('good after').waitFor()
    assert.equal((await run).code, 0)
    assert.deepEqual(tab.complaints, [])
  })

  it('is listed if it began after the list was loaded, but before the page was connected to the stream of events', async (t) => {
    const web = await startWeb(t, TASKS)
    const tab = await openTab(browser)
    const { page } = tab
    await logIn(web, tab)
    // The requests of a shared worker cannot be held here: without one, the page opens the stream itself.
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    let open: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      open = resolve
    })
    await page.route('**/api/v1/events*', async (route) => {
      await held
      await route.continue()
    })
    await page.goto(`${web.url}hosts/local?tab=runs`)
    await page.getByText('holdfast run', { exact: true }).waitFor()
    const run = web.holdfast(['-q', 'run', 'drip'])
    await until(async () => (await web.holdfast(['status', '--json'])).stdout.includes('running'))
    open()
    await page.getByRole('link', { name: 'running' }).waitFor()
    for (const name of ['quick', 'end']) writeFileSync(join(web.place.top, name), '')
    assert.equal((await run).code, 0)
  })
})

/** The slow stage of "throttled" is the one between the two others, in the answers of the API and on the page. */
async function isNamed(web: WebPlace, page: Page): Promise<void> {
  const id = new URL(page.url()).pathname.split('/').at(-1)
  await until(async () => {
    const { progress } = (await (await page.request.get(`${web.url}api/v1/runs/${id}`)).json()) as Run
    return progress?.objects.find(({ path }) => path === 'throttled')?.pipeline?.slowest === 1
  })
  const item = page.locator('.timeline-item', { hasText: 'throttled' })
  await item.getByText(/^The slowest stage is sh: /u).waitFor()
  await item.locator('.stage.slowest', { hasText: 'slowest' }).filter({ hasText: 'sh' }).waitFor()
  await item.locator('.stage', { hasText: 'waits for the next stage' }).filter({ hasText: 'cat' }).waitFor()
  assert.deepEqual(await axeFindings(page), [])
  const fold = item.getByRole('button', { name: 'throttled' })
  await fold.press('Enter')
  await item.locator('.stage').first().waitFor({ state: 'detached' })
  await fold.press('Enter')
  await item.locator('.stage.slowest').waitFor()
}
