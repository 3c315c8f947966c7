import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openTab } from '../support/browser.ts'
import { freePort } from '../support/free-port.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { enter, logIn } from '../support/web-login.ts'
import { startWeb, TASKS, type WebPlace } from '../support/web-server.ts'

/** Forwards every request to the server, and counts the open streams of events. */
async function countStreams(target: string): Promise<{ readonly url: string; open(): number; close(): void }> {
  let open = 0
  const server = createServer((incoming, outgoing) => {
    const isStream = incoming.url?.startsWith('/api/v1/events') ?? false
    if (isStream) open += 1
    outgoing.on('close', () => {
      if (isStream) open -= 1
      forwarded.destroy()
    })
    const forwarded = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers: incoming.headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${port}/`, open: () => open, close: () => server.close() }
}

async function shownOn(page: Page): Promise<string> {
  await page.locator('h1').first().waitFor()
  await page.locator('.skeleton').waitFor({ state: 'detached' })
  // Ages change while the test runs.
  return (await page.evaluate<string>("document.querySelector('main').innerText")).replaceAll(/\d+ (?:ms|s|min)( ago)?|just now/gu, 'T')
}

describe('the pages', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages())
    await web.holdfast(['-q', 'run', 'nightly'])
    await web.holdfast(['-q', 'verify', 'nightly'])
  })
  after(async () => {
    await close?.()
  })

  it('share one stream of events in twelve tabs; one more loads at once', async () => {
    const proxy = await countStreams(web.url)
    const first = await openTab(browser)
    await logIn({ setupUrl: web.setupUrl.replace(web.url, proxy.url) }, first)
    const pages = [first.page]
    while (pages.length < 13) {
      const page = await first.context.newPage()
      await page.goto(proxy.url)
      pages.push(page)
    }
    for (const page of pages) {
      await page.getByRole('table', { name: 'Hosts' }).waitFor()
      await page.getByText('live', { exact: true }).waitFor()
    }
    assert.equal(proxy.open(), 1)
    for (const page of pages.slice(1)) await page.close()
    await first.context.close()
    await until(() => proxy.open() === 0)
    proxy.close()
  })

  it('show three claims, each with its time or "never", and on focus how it was measured', async () => {
    const { page, context } = await openTab(browser)
    await enter(web.url, { page })
    await page.goto(`${web.url}hosts/local`)
    const claims = page.locator('.claims-box')
    await claims.waitFor()
    const shown = await page.evaluate<string>("document.querySelector('.claims-box').innerText")
    assert.match(shown, /published\s+(?:\d+ (?:s|min)|.*)[\s\S]*read back\s+\d+ (?:ms|s|min)[\s\S]*restored\s+never/u)
    for (const [index, how] of [/All objects are complete/u, /read back from the storage/u, /restored, in a drill/u].entries()) {
      const claim = claims.locator('.tip').nth(index)
      await claim.focus()
      assert.match((await claim.getAttribute('data-tip')) ?? '', how)
    }
    await context.close()
  })

  it('show the same times on a computer whose clock is wrong, and report that', async () => {
    const right = await openTab(browser)
    await enter(web.url, right)
    for (const offsetMs of [-600_000, 600_000, 26 * 3_600_000]) {
      const { page, context, complaints } = await openTab(browser)
      await page.clock.install({ time: Date.now() + offsetMs })
      await enter(web.url, { page })
      await page.getByText('The clock of this computer is').first().waitFor()
      for (const path of ['', 'hosts/local', 'hosts/local?tab=runs', 'schedules', 'sets']) {
        await Promise.all([page, right.page].map((it) => it.goto(new URL(path, web.url).href)))
        await page.getByText('The clock of this computer is').first().waitFor()
        const shown = await shownOn(page)
        assert.equal(shown.replace(/The clock of this computer [^\n]*\n*/u, '').trim(), (await shownOn(right.page)).trim(), path)
      }
      assert.deepEqual(complaints, [])
      await context.close()
    }
    await right.context.close()
  })

  it('are the same build at any path: pages, requests, the stream, downloads, logging out, and addresses that are opened again', async (t) => {
    const deep = await startWeb(t, TASKS, ', base-path: /tools/backup')
    assert.match(deep.url, /\/tools\/backup\/$/u)
    const tab = await openTab(browser)
    const { page, context } = tab
    const elsewhere: string[] = []
    page.on('request', (it) => {
      if (!it.url().startsWith(deep.url)) elsewhere.push(it.url())
    })
    await logIn(deep, tab)
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Schedules', exact: true }).click()
    await page.getByRole('button', { name: 'Change nightly' }).waitFor()
    assert.equal(page.url(), `${deep.url}schedules`)
    await page.reload()
    await page.getByRole('button', { name: 'Change nightly' }).waitFor()
    await page.goto(`${deep.url}hosts/local?tab=runs`)
    await page.getByText('No run', { exact: false }).first().waitFor()
    await deep.holdfast(['-q', 'run', 'nightly'])
    await page.getByRole('row').nth(1).getByRole('link').first().click()
    const [log] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()])
    assert.ok(log.url().startsWith(deep.url), log.url())
    assert.match(readFileSync(await log.path(), 'utf8'), /nightly/u)
    await page.getByRole('button', { name: 'Account of olga' }).click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.locator('input[autocomplete=username]').waitFor()
    assert.equal(page.url(), deep.url)
    await page.goto(`${deep.url}schedules`)
    await page.locator('input[autocomplete=username]').waitFor()
    assert.deepEqual(elsewhere, [])
    await context.close()
  })
})
