import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTab, startBrowser } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { startDemo } from '../support/web-demo.ts'
import { submitLogin } from '../support/web-login.ts'

test('a run that has not begun is named with its time in the zone of the host, in the language of the page', {
  skip: requires('chromium'),
}, async (t) => {
  const demo = await startDemo({ hosts: 300 })
  t.after(() => demo.process.kill('SIGTERM'))
  const browser = await startBrowser()
  t.after(() => browser.close())
  for (const [language, words] of [
    ['en', /a run was due at \d{4}-\d\d-\d\d \d\d:\d\d:00, \S+ \(Europe\/Berlin\), and has not begun/u],
    ['ru', /запуск должен был начаться \d{4}-\d\d-\d\d \d\d:\d\d:00, \S+ \(Europe\/Berlin\), но не начался/u],
  ] as const) {
    const { page, context } = await openTab(browser, { language })
    await page.goto(`${demo.url}/?view=problems`)
    await submitLogin(page, { name: 'demo', password: demo.password })
    await page.getByRole('table').getByText(words).first().waitFor()
    assert.doesNotMatch((await page.textContent('main')) ?? '', /T\d\d:\d\d/u)
    await page.getByRole('row').filter({ hasText: words }).locator('.host-name').first().click()
    await page.locator('.banner.bad').getByText(words).waitFor()
    assert.doesNotMatch((await page.textContent('.banner.bad')) ?? '', /T\d\d:\d\d/u)
    await context.close()
  }
})
