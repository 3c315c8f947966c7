import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openTab, type Tab } from '../support/browser.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, PASSWORD } from '../support/web-place.ts'
import type { WebPlace } from '../support/web-server.ts'

const TASKS = `
tasks:
  nightly:
    schedule: "30 2 * * *"
    steps: [{ backup: { keep: { daily: 7 }, objects: { etc: { files: { paths: [@TOP@/data/etc] } } } } }]
  drip:
    steps: [{ exec: [sh, -c, "for i in $(seq 1 100); do echo progress $i >&2; done; echo 'the disk is on fire' >&2; exit 7"] }]
`

interface Held {
  /** Resolves when the server has answered a request. */
  answered(): Promise<unknown>
  /** Gives this answer, and those after it, to the page. */
  release(): Promise<void>
}

/** Holds the answers of the real server back from the page, as a slow network does. */
async function hold(page: Page, wanted: (url: URL) => boolean): Promise<Held> {
  let isAnswered = false
  const released = Promise.withResolvers<void>()
  await page.route(wanted, async (route) => {
    // The page may have cancelled the request meanwhile.
    const response = await route.fetch().catch(() => undefined)
    isAnswered = true
    await released.promise
    if (response) await route.fulfill({ response }).catch(() => undefined)
  })
  return {
    answered: () => until(() => isAnswered),
    async release() {
      released.resolve()
      await page.unroute(wanted)
    },
  }
}

describe('answers that come late', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let tab: Tab
  let page: Page
  /** The same host, as another one. */
  let other: string
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages(TASKS))
    await web.holdfast(['-q', 'run', 'nightly'])
    const url = web.url.slice(0, -1)
    const admin = await firstAdmin(url, web.setupUrl.split('#')[1])
    const { token } = (await admin.request('POST', '/api/v1/tokens', { name: 'other', scope: 'viewer' })).json
    other = (await admin.request('POST', '/api/v1/hosts', { url, token })).json.id
    await until(async () => (await admin.request('GET', `/api/v1/hosts/${other}`)).json.kind === 'holdfast')
    tab = await openTab(browser)
    page = tab.page
    await page.goto(web.url)
    await page.locator('input[autocomplete=username]').fill('ada')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('form button.primary').click()
    await page.getByRole('table').first().waitFor()
  })
  after(async () => {
    await close?.()
  })

  it('show no buttons for the tasks of a host beside those of another one', async () => {
    await page.goto(`${web.url}schedules?host=${encodeURIComponent(other)}`)
    await page.getByRole('table', { name: 'Schedules' }).getByText('nightly').waitFor()
    const change = page.getByRole('button', { name: 'Change nightly' })
    assert.equal(await change.count(), 0)
    const held = await hold(page, (url) => url.pathname === '/api/v1/schedules' && url.searchParams.get('host') === 'local')
    await page.getByRole('combobox', { name: 'Host' }).selectOption('local')
    await held.answered()
    await page.locator('main .skeleton').waitFor()
    assert.equal(await change.count(), 0)
    await held.release()
    await change.waitFor()
  })

  it('show the next runs of a previous schedule as such', async () => {
    await page.goto(`${web.url}schedules`)
    await page.getByRole('button', { name: 'Change nightly' }).click()
    const runs = page.locator('.next-runs')
    await runs.getByText('02:30').first().waitFor()
    const held = await hold(page, (url) => url.pathname === '/api/v1/schedules/preview')
    await page.getByRole('dialog').getByLabel('Schedule').fill('15 4 * * *')
    await held.answered()
    assert.equal(await runs.getAttribute('aria-busy'), 'true')
    await held.release()
    await runs.getByText('04:15').first().waitFor()
    await page.locator('.next-runs[aria-busy=false]').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
  })

  it('let a task be deleted only when the version of the file is known', async () => {
    await page.goto(`${web.url}schedules`)
    const held = await hold(page, (url) => url.pathname === '/api/v1/config')
    await page.getByRole('button', { name: 'Delete drip' }).click()
    const dialog = page.getByRole('dialog')
    await held.answered()
    await dialog.getByRole('textbox').fill('drip')
    const remove = dialog.getByRole('button', { name: 'Delete' })
    assert.ok(await remove.isDisabled())
    await dialog.getByRole('textbox').press('Enter')
    await held.release()
    await until(async () => await remove.isEnabled())
    assert.equal(await dialog.getByRole('alert').count(), 0)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  it('do not replace what an event has reported since', async () => {
    const watching = await tab.context.newPage()
    const failed = (it: Page) => it.getByRole('table', { name: 'Hosts' }).getByText('failed', { exact: true }).first()
    await watching.goto(web.url)
    await watching.getByText('live', { exact: true }).waitFor()
    const held = await hold(page, (url) => url.pathname === '/api/v1/hosts')
    await page.goto(web.url)
    await page.getByText('live', { exact: true }).waitFor()
    await held.answered()
    assert.equal(await failed(watching).count(), 0)
    await web.holdfast(['-q', 'run', 'drip'])
    await failed(watching).waitFor()
    await held.release()
    await failed(page).waitFor()
    await watching.close()
    assert.deepEqual(tab.complaints, [])
  })

  it('do not lead to a match of the previous search in a log', async () => {
    const [newest = '{}'] = (await web.holdfast(['runs', '--json', 'drip'])).stdout.split('\n')
    await page.goto(`${web.url}runs/${JSON.parse(newest).id}?q=progress%207`)
    await page.getByText(/of 1\d$/u).waitFor()
    const held = await hold(page, (url) => url.searchParams.get('q') === 'progress 100')
    const search = page.getByRole('searchbox', { name: 'Find in the log' })
    await search.fill('progress 100')
    await search.press('Enter')
    await held.answered()
    await search.press('Enter')
    assert.equal(new URL(page.url()).searchParams.get('line'), null)
    await held.release()
    await page.getByText(/^0 of \d$/u).waitFor()
    await search.press('Enter')
    await page.locator('.log-row.chosen', { hasText: 'progress 100' }).waitFor()
    assert.deepEqual(tab.complaints, [])
  })

  it('do not replace the digits of a date that is typed meanwhile, in a slow page', async () => {
    await page.goto(`${web.url}audit`)
    const from = page.getByLabel('From')
    await from.waitFor()
    const slow = await tab.context.newCDPSession(page)
    await slow.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    await from.focus()
    // The same day in each order of day and month. Each digit of the year is a year of its own, which the address gets.
    await page.keyboard.type('11112011')
    await page.waitForURL(/[?&]from=2011-11-11(?:&|$)/u)
    assert.equal(await from.inputValue(), '2011-11-11')
    await slow.detach()
    assert.deepEqual(tab.complaints, [])
  })

  it('that are errors are shown as such, and not as an empty list', async () => {
    for (const [path, list] of [
      ['', 'hosts'],
      ['sets', 'sets'],
      ['hosts/local?tab=runs', 'runs'],
    ] as const) {
      const isList = (url: URL) => url.pathname === `/api/v1/${list}`
      const body = JSON.stringify({
        type: 'about:blank',
        title: 'Internal error',
        status: 500,
        detail: 'the disk is on fire',
        code: 'api/internal',
        request: 'r1',
      })
      await page.route(isList, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body }))
      await page.goto(`${web.url}${path}`)
      await page.getByRole('alert').getByText('the disk is on fire').waitFor()
      assert.equal(await page.locator('main .teach').count(), 0, path)
      await page.unroute(isList)
    }
    assert.deepEqual(tab.complaints, [])
  })
})
