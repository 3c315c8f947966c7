import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { axeFindings, openTab, startBrowser } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { scaledMs, until } from '../support/time-limits.ts'
import { startDemo, type WebDemo } from '../support/web-demo.ts'

const HOSTS = 5000
/** Notes at the page how far it has moved back at most. */
const WATCH_JUMPS = `{
  let last = 0
  document.body.dataset.back = 0
  addEventListener('scroll', () => {
    document.body.dataset.back = Math.max(document.body.dataset.back, last - scrollY)
    last = scrollY
  })
}`
const HEAP_MOST = 100 * 1024 * 1024

describe('the first page with five thousand hosts', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let demo: WebDemo
  before(async () => {
    demo = await startDemo({ hosts: HOSTS })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    demo?.process.kill('SIGTERM')
    if (demo) await once(demo.process, 'exit')
  })

  for (const width of [1024, 390]) {
    it(`has the problems in its first view, with one small request, at ${width} pixels`, async () => {
      const { page, context, complaints } = await openTab(browser, { width, height: 844 })
      await page.goto(demo.url)
      await page.getByLabel('User name').fill('demo')
      await page.getByLabel('Password').fill(demo.password)
      const requested: string[] = []
      let bytes = 0
      page.on('request', (it) => {
        const { pathname, search } = new URL(it.url())
        if (pathname.startsWith('/api/') && !pathname.endsWith('/events')) requested.push(`${it.method()} ${pathname}${search}`)
      })
      page.on('requestfinished', async (it) => {
        if (it.url().endsWith('/api/v1/hosts?limit=100')) bytes = Math.max(bytes, (await it.sizes()).responseBodySize)
      })
      // Other requests for hosts are not answered until the first view has been examined.
      let release: () => void = () => undefined
      const examined = new Promise<void>((resolve) => {
        release = resolve
      })
      await page.route(/\/api\/v1\/hosts\?.*cursor=/u, async (route) => {
        await examined
        await route.continue()
      })
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('table', { name: 'Hosts' }).waitFor()
      await page
        .getByText(/^Problems/u)
        .first()
        .waitFor()
      await until(() => bytes > 0)
      // The same may be requested again when the stream of events has been opened; it is answered with 304.
      assert.deepEqual([...new Set(requested.filter((it) => !it.includes('cursor=')))], ['POST /api/v1/session', 'GET /api/v1/hosts?limit=100'])
      assert.ok(bytes <= 60_000, `${bytes} bytes`)
      const row = page
        .getByRole('row')
        .filter({ has: page.locator('.state.bad') })
        .first()
      const box = await row.boundingBox()
      assert.ok(box !== null && box.y + box.height <= 844, 'the first problem is visible')
      // What failed, and how old the last good set is.
      assert.match((await row.textContent()) ?? '', /failed|overdue|silent/u)
      assert.match((await row.textContent()) ?? '', /never|\d+ (?:min|h|d)/u)
      assert.ok((await page.getByRole('row').count()) < 120)
      release()
      assert.deepEqual(await axeFindings(page), [])

      await page.goto(`${demo.url}/?view=all&sort=name`)
      await page.getByRole('table', { name: 'Hosts' }).waitFor()
      assert.equal(await page.getByRole('table', { name: 'Hosts' }).getAttribute('aria-rowcount'), String(HOSTS + 2))
      await page.evaluate(WATCH_JUMPS)
      // A browser may drop keys until it has painted the page for the first time.
      const lastRow = page.locator(`[aria-rowindex="${HOSTS + 2}"] .host-name`)
      await until(async () => {
        await page.keyboard.press('End')
        return lastRow.waitFor({ timeout: scaledMs(5000) }).then(
          () => true,
          () => false,
        )
      })
      // Rows that arrive later do not move the page back.
      assert.ok(Number(await page.locator('body').getAttribute('data-back')) < 844)
      const session = await context.newCDPSession(page)
      await session.send('HeapProfiler.collectGarbage')
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      assert.ok(usedSize < HEAP_MOST, `${usedSize} bytes of heap`)
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
})
