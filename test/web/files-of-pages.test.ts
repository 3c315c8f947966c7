import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { axeFindings, openTab, type Tab } from '../support/browser.ts'
import { freePort } from '../support/free-port.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { scaledMs } from '../support/time-limits.ts'
import { enter, logIn } from '../support/web-login.ts'
import type { WebPlace } from '../support/web-server.ts'

describe('pages whose files are gone or new', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages())
    const { context, page } = await openTab(browser)
    await logIn(web, { page } as Tab)
    await context.close()
  })
  after(async () => {
    await close?.()
  })

  it('are loaded again once, and not in a loop, if a file of them is gone', async () => {
    // The page reports its failure to the console, too, which is a complaint in other tabs.
    const context = await browser.newContext({ locale: 'en-GB' })
    context.setDefaultTimeout(scaledMs(60_000))
    const page = await enter(web.url, { page: await context.newPage() })
    let loads = 0
    let isGone = true
    page.on('request', (it) => {
      if (it.isNavigationRequest()) loads += 1
    })
    const errors: string[] = []
    page.on('pageerror', ({ message }) => errors.push(message))
    await page.route(/assets\/schedules-page-[^/]*\.js/u, (route) => (isGone ? route.fulfill({ status: 404, body: 'gone' }) : route.continue()))
    await page.getByRole('link', { name: 'Schedules', exact: true }).click()
    await page.getByRole('alert').getByRole('heading').waitFor()
    assert.equal(loads, 1)
    assert.deepEqual(
      errors.filter((it) => !it.startsWith('Failed to fetch')),
      [],
    )
    isGone = false
    await page.getByRole('button', { name: 'Reload' }).click()
    await page.getByRole('button', { name: 'Change nightly' }).waitFor()
    await context.close()
  })

  it('offer to reload them, in all languages and not in a loop, if the texts of the language cannot be loaded', async () => {
    const tab = await openTab(browser, { language: 'ru', width: 320, height: 640 })
    const { page } = tab
    let loads = 0
    let isGone = true
    page.on('request', (it) => {
      if (it.isNavigationRequest()) loads += 1
    })
    await page.route(/assets\/ru-[^/]*\.js/u, (route) => (isGone ? route.fulfill({ status: 503, body: 'gone' }) : route.continue()))
    const english = page.getByRole('button', { name: 'Reload in English' })
    const russian = page.getByRole('button', { name: 'Перезагрузить на русском' })
    await page.goto(web.url)
    await page.getByText('Could not load the texts of these pages').waitFor()
    await page.getByText('Не удалось загрузить тексты этих страниц').waitFor()
    assert.equal(loads, 2, 'once more, as after an upgrade')
    assert.deepEqual(await axeFindings(page), [])
    assert.equal(await page.evaluate('document.scrollingElement.scrollWidth'), 320)
    await Promise.all([page.waitForEvent('load'), russian.click()])
    await russian.waitFor()
    assert.equal(loads, 3)
    // The other language works, and this one still does not when it is chosen there.
    await english.click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    await page.getByRole('button', { name: 'Русский' }).click()
    await russian.waitFor()
    assert.equal(loads, 5)
    isGone = false
    await russian.click()
    await page.getByRole('button', { name: 'Войти' }).waitFor()
    assert.equal(loads, 6)
    await tab.context.close()
  })

  it('offer to load the pages of another build of the server', async () => {
    let build: string | undefined
    const server = createServer((incoming, outgoing) => {
      const forwarded = request(new URL(incoming.url ?? '/', web.url), { method: incoming.method, headers: incoming.headers }, (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers)
        // The server introduces itself in the first event of each stream.
        response.on('data', (part: Buffer) => {
          outgoing.write(build === undefined ? part : part.toString().replace(/"build":"[^"]*"/u, `"build":"${build}"`))
        })
        response.on('end', () => outgoing.end())
      })
      outgoing.on('close', () => forwarded.destroy())
      forwarded.on('error', () => outgoing.destroy())
      incoming.pipe(forwarded)
    })
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const tab = await openTab(browser)
    const page = await enter(`http://127.0.0.1:${port}/`, tab)
    await page.getByText('live', { exact: true }).waitFor()
    const banner = page.getByText('The server has been updated', { exact: false })
    assert.equal(await banner.count(), 0)
    build = 'another'
    server.closeAllConnections()
    await banner.waitFor()
    await tab.context.close()
    server.closeAllConnections()
    server.close()
  })
})
