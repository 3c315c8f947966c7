import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { totpCode } from '../../src/accounts/totp.ts'
import { axeFindings, openTab, type Tab } from '../support/browser.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { logIn, WEB_PASSWORD } from '../support/web-login.ts'
import type { WebPlace } from '../support/web-server.ts'

const PASSWORD = 'another horse battery'

describe('accounts in the pages', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let admin: Tab
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages())
    await web.holdfast(['-q', 'run', 'nightly'])
    admin = await openTab(browser)
    await logIn(web, admin)
    for (const role of ['viewer', 'operator'])
      await web.holdfast(['web', 'users', 'add', role, `${role}@example.org`, '--role', role], { stdin: `${PASSWORD}\n` })
  })
  after(async () => {
    await close?.()
  })

  const enter = async ({ page }: Tab, name: string, password = PASSWORD): Promise<void> => {
    await page.goto(web.url)
    await page.getByLabel('User name').fill(name)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('table', { name: 'Hosts' }).waitFor()
    await page.getByText('live', { exact: true }).waitFor()
  }
  const askedAgain = (tab: Tab) => tab.page.getByRole('dialog').getByText('Your session has ended', { exact: false })
  const statusOf = ({ page }: Tab) => page.evaluate<number>("fetch(new URL('api/v1/hosts', document.baseURI)).then((it) => it.status)")

  it('end in other tabs when the role is changed, and all sessions are ended', async () => {
    const tab = await openTab(browser)
    await enter(tab, 'operator')
    await web.holdfast(['web', 'users', 'upd', 'operator', 'operator@example.org', '--role', 'viewer'], { stdin: `${PASSWORD}\n` })
    await askedAgain(tab).waitFor()
    assert.equal(await statusOf(tab), 401)
    await tab.page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(PASSWORD)
    await tab.page.getByRole('dialog').getByRole('button', { name: 'Log in' }).click()
    await askedAgain(tab).waitFor({ state: 'detached' })
    await tab.page.goto(`${web.url}hosts/local`)
    await tab.page.getByRole('region', { name: 'nightly' }).waitFor()
    assert.equal(await tab.page.getByRole('button', { name: 'Run now' }).count(), 0)

    const other = await openTab(browser)
    await enter(other, 'operator')
    await tab.page.goto(`${web.url}account`)
    await tab.page.getByRole('button', { name: 'End all sessions' }).click()
    await askedAgain(other).waitFor()
    assert.equal(await statusOf(other), 401)
    for (const it of [tab, other]) await it.context.close()
  })

  it('are reset by an administrator, whose link leads to a new password and the pages, once', async () => {
    const { page } = admin
    const user = await openTab(browser)
    await enter(user, 'viewer')
    await page.goto(`${web.url}users`)
    await page.getByRole('button', { name: 'Reset viewer' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Create the link' }).click()
    const link = await dialog.getByText('reset#').textContent()
    const findings = [...(await axeFindings(page))]
    await dialog.getByRole('button', { name: 'Close' }).click()
    await askedAgain(user).waitFor()
    assert.equal(await statusOf(user), 401)

    const choose = async (tab: Tab) => {
      await tab.page.goto(link ?? '')
      await tab.page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
      await tab.page.getByLabel('New password').fill(`new ${PASSWORD}`)
      findings.push(...(await axeFindings(tab.page)))
      await tab.page.getByRole('button', { name: 'Set the password' }).click()
    }
    await choose(user)
    await user.page.getByRole('table', { name: 'Hosts' }).waitFor()
    assert.equal(await statusOf(user), 200)
    assert.ok(!user.page.url().includes('reset'))
    const again = await openTab(browser)
    await choose(again)
    await again.page.getByRole('alert').getByText('account/invalid-link', { exact: false }).waitFor()
    await enter(again, 'viewer', `new ${PASSWORD}`)
    assert.deepEqual(findings, [])
    for (const it of [user, again]) await it.context.close()
  })

  it('get a second factor, log in with its code or a recovery code, and end a single session', async () => {
    const tab = await openTab(browser)
    const { page } = tab
    await web.holdfast(['web', 'users', 'add', 'tom', 'tom@example.org', '--role', 'viewer'], { stdin: `${PASSWORD}\n` })
    await enter(tab, 'tom')
    const openAccount = async () => {
      await page.goto(`${web.url}account`)
      await page.getByRole('heading', { name: 'Account', level: 1, exact: true }).waitFor()
    }
    await openAccount()
    await page.getByRole('button', { name: 'Set up a second factor' }).click()
    const secret = (await page.getByText(/^[A-Z2-7]{32}$/u).textContent()) ?? ''
    const findings = [...(await axeFindings(page))]
    let step = Math.floor(Date.now() / 30_000)
    await page.getByLabel('Code of your second factor').fill(totpCode(secret, step))
    // The form for another password is above.
    await page.getByLabel('Current password').last().fill(PASSWORD)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('The second factor is in use from now on.').waitFor()
    const [recovery = ''] = ((await page.locator('.copy code').first().textContent()) ?? '').split('\n')

    const other = await openTab(browser)
    const enterWith = async (code: string) => {
      await other.page.goto(web.url)
      await other.page.getByLabel('User name').fill('tom')
      await other.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await other.page.getByRole('button', { name: 'Log in' }).click()
      await other.page.getByLabel('Code of your second factor').fill(code)
      findings.push(...(await axeFindings(other.page)))
      await other.page.getByRole('button', { name: 'Log in' }).click()
    }
    await enterWith('000000')
    await other.page.getByRole('alert').waitFor()
    // A code is accepted once, and that of the next 30 seconds, too.
    step += 1
    await other.page.getByLabel('Code of your second factor').fill(totpCode(secret, step))
    await other.page.getByRole('button', { name: 'Log in' }).click()
    await other.page.getByRole('table', { name: 'Hosts' }).waitFor()

    await openAccount()
    const sessions = page.getByRole('row').filter({ hasText: '127.0.0.1' })
    await sessions.nth(1).waitFor()
    assert.equal(await sessions.count(), 2)
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await askedAgain(other).waitFor()
    assert.equal(await statusOf(other), 401)
    await sessions.nth(1).waitFor({ state: 'detached' })
    assert.equal(await statusOf(tab), 200, 'the session of this tab stays')

    await other.context.clearCookies()
    await enterWith(recovery)
    await other.page.getByRole('table', { name: 'Hosts' }).waitFor()
    await page.getByLabel('Current password').last().fill(PASSWORD)
    await page.getByRole('button', { name: 'Remove the second factor' }).click()
    await page.getByRole('button', { name: 'Set up a second factor' }).waitFor()
    await page.getByText('The second factor is in use from now on.').waitFor({ state: 'detached' })
    assert.deepEqual(findings, [])
    for (const it of [tab, other]) await it.context.close()
  })

  it('keep what was typed when the page learns of the end of the session by itself', async () => {
    const tab = await openTab(browser)
    const { page } = tab
    await tab.context.addCookies(await admin.context.cookies())
    await page.goto(`${web.url}schedules`)
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Change nightly' }).click()
    const typed = page.getByRole('dialog').getByRole('textbox').first()
    await typed.fill('45 5 * * *')
    await tab.context.clearCookies()
    const isAnswered = page.waitForResponse((it) => new URL(it.url()).pathname.endsWith('/api/v1/session') && it.request().method() === 'GET')
    // A change of a user makes all pages ask for their session.
    const status = await admin.page.evaluate<number>(`(async () => {
      const at = (path) => new URL('api/v1/' + path, document.baseURI)
      const { csrf } = await (await fetch(at('session'))).json()
      const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf }
      return (await fetch(at('users'), { method: 'POST', headers, body: JSON.stringify({ name: 'late' }) })).status
    })()`)
    assert.equal(status, 201)
    await (await isAnswered).finished()
    await askedAgain(tab).waitFor()
    assert.equal(await typed.inputValue(), '45 5 * * *')
    await tab.context.close()
  })

  it('keep what was typed when the session ends, and send it once', async () => {
    const { page, context } = admin
    await page.goto(`${web.url}schedules`)
    await page.getByRole('button', { name: 'Change nightly' }).click()
    await page.getByRole('dialog').getByRole('textbox').first().fill('45 5 * * *')
    await page.getByText('05:45').first().waitFor()
    const save = page.getByRole('button', { name: 'Save', exact: true })
    await until(() => save.isEnabled())
    const sent: string[] = []
    page.on('request', (it) => {
      if (it.method() === 'PUT') sent.push(it.url())
    })
    // As when it has expired: the server no longer knows the cookie.
    await context.clearCookies()
    await save.click()
    const login = page.getByRole('dialog').filter({ hasText: 'Your session has ended' })
    await login.getByLabel('Password', { exact: true }).fill(WEB_PASSWORD)
    assert.equal(await page.getByRole('dialog').getByRole('textbox').first().inputValue(), '45 5 * * *')
    await login.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('cell', { name: '45 5 * * *' }).waitFor()
    assert.match(readFileSync(web.config, 'utf8'), /schedule: "45 5 \* \* \*"/u)
    // The one that was rejected, and the one after the login.
    assert.equal(sent.length, 2)
  })
})
