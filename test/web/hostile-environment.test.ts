import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { openTab } from '../support/browser.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { enter, logIn } from '../support/web-login.ts'
import type { WebPlace } from '../support/web-server.ts'

const MARKUP = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
const REVERSED = '\u202Egpj.exe\u202C'
const NAMES = [MARKUP, `../..${REVERSED}`, '__proto__', 'new?#%2f', 'a'.repeat(255), 'e\u0301\u0323'.repeat(20)]

/** As KristaBackup answers, with names that others choose. */
function hostileHost(): Server {
  const schedules = Object.fromEntries(NAMES.map((name) => [`${name} `, { cron: MARKUP, actions: [], descr: MARKUP, active: true }]))
  const entry = { name: 'x-20260301_020000.log', debugname: 'x', exist: true, error: true, warning: false, msg: `${MARKUP}\n${REVERSED}` }
  const answers: Readonly<Record<string, object>> = {
    '/api/si': { name: MARKUP, flask: true, msg: 'ок', errors: '' },
    '/api/cf': { full_name: MARKUP, schedules, actions: {}, logs: { 2026: [entry] } },
  }
  return createServer((asked, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[asked.url ?? ''] ?? {}))
  })
}

describe('the pages, in a hostile environment', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages())
    const tab = await openTab(browser)
    await logIn(web, tab)
    await tab.context.close()
  })
  after(async () => {
    await close?.()
  })

  it('show the names and messages of another host as they are', async () => {
    const server = hostileHost()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    await page.getByRole('button', { name: 'Add a host' }).click()
    await page
      .getByRole('dialog')
      .getByLabel('Address')
      .fill(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
    await page.waitForURL(/hosts\/[\da-f]{32}$/u)
    const look = async () => {
      assert.equal(await page.locator('img, script:not([src])').count(), 0)
      assert.doesNotMatch(await page.title(), /^owned/u)
    }
    await page.locator('h1', { hasText: MARKUP }).waitFor()
    await page.getByText(MARKUP).nth(1).waitFor()
    await look()
    await page.goto(web.url)
    await page.locator('.host-name', { hasText: MARKUP }).waitFor()
    await look()
    await tab.context.close()
    server.closeAllConnections()
    server.close()
  })

  it('show that they are loading while an answer takes long, not an empty list', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    const release = Promise.withResolvers<void>()
    await page.route(/\/api\/v1\/(?:hosts|runs|schedules)(?:\?|$)/u, async (route) => {
      await release.promise
      await route.continue()
    })
    for (const path of ['', 'hosts/local?tab=runs', 'schedules']) {
      const asked = page.waitForRequest(/\/api\/v1\/(?:hosts|runs|schedules)(?:\?|$)/u)
      await page.goto(new URL(path, web.url).href)
      await asked
      await page.locator('.skeleton').first().waitFor()
      assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /\bNo (?:host|run|task|schedule)s?\b|All is well/u, path)
    }
    release.resolve()
    await page.goto(web.url)
    await page.getByRole('row').nth(1).waitFor()
    await tab.context.close()
  })

  it('work in a browser without storage, shared workers and what only https has', async () => {
    const tab = await openTab(browser)
    await tab.context.addInitScript(`
      for (const name of ['SharedWorker', 'BroadcastChannel']) delete globalThis[name]
      for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(globalThis, name, { get() { throw new DOMException('denied', 'SecurityError') } })
      for (const name of ['clipboard', 'locks']) Object.defineProperty(navigator, name, { value: undefined })
      for (const name of ['subtle', 'randomUUID']) Object.defineProperty(crypto, name, { value: undefined })
    `)
    const page = await enter(web.url, tab)
    await page.getByText('live', { exact: true }).waitFor()
    await page.goto(`${web.url}hosts/local?tab=runs`)
    await page.getByText('live', { exact: true }).waitFor()
    const { code, stderr } = await web.holdfast(['-q', 'run', 'nightly'])
    assert.equal(code, 0, stderr)
    await page.getByRole('row').filter({ hasText: 'nightly' }).getByText('good').waitFor()
    await page.goto(`${web.url}restore?task=nightly`)
    const copy = page.locator('.copy').first()
    await copy.getByRole('button').click()
    await copy.getByText('Copied').waitFor()
    await page.getByLabel('Into which folder').fill('')
    await page.keyboard.press('Control+v')
    assert.equal(await page.getByLabel('Into which folder').inputValue(), await copy.locator('code').textContent())
    await tab.context.close()
  })
})
