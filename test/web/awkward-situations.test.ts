import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type PastRun, writeHistory } from '../../src/journal/write-history.ts'
import { axeFindings, openTab, type Tab } from '../support/browser.ts'
import { ORIGIN } from '../support/journal.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { enter, logIn, submitLogin } from '../support/web-login.ts'
import { startWeb, type WebPlace } from '../support/web-server.ts'

const PLACES = [
  '',
  'hosts/local',
  'hosts/local?tab=runs',
  'hosts/local?tab=sets',
  'hosts/local?tab=storages',
  'hosts/local?tab=configuration',
  'schedules',
  'sets',
  'users',
  'tokens',
  'audit',
  'settings',
  'account',
]

/** The charts that have no text for those who cannot see them. Icons are hidden from them. */
const UNNAMED = `[...document.querySelectorAll('svg')]
  .filter((it) => !it.closest('[aria-hidden=true]'))
  .filter((it) => (it.getAttribute('aria-label') ?? it.querySelector('title')?.textContent ?? '').trim() === '' || it.getAttribute('role') !== 'img')
  .map((it) => it.outerHTML.slice(0, 200))`

/** The headings that are wider than their place, so that what is beside them covers their end. */
const COVERED = `[...document.querySelectorAll('main .head > *, main .card-head > h2')]
  .filter((it) => !it.matches('.unseen') && it.scrollWidth > it.clientWidth + 1)
  .map((it) => it.textContent.slice(0, 80))`

const PAST = 'past'
const PAST_RUNS = 230
const AHEAD = 'ahead'
const AHEAD_RUN = '20760102T030405Z-00000000'

/** More runs than a page of them shows. The clock of the host was set back an hour in each. Before one more, it was ahead by years. */
function writePast(web: WebPlace): void {
  const runOf = (task: string, runId: string, began: Date): PastRun => {
    const ended = new Date(began.getTime() - 3_600_000)
    const events: PastRun['events'] = [
      [began, { kind: 'run-began', runId, task, steps: ['talk'] }],
      [ended, { kind: 'run-ended', result: { runId, task, status: 'ok', began, ended, notes: [] } }],
    ]
    return { origin: ORIGIN, events }
  }
  const runs = Array.from({ length: PAST_RUNS }, (_, at) =>
    runOf(PAST, `20260102T030405Z-${String(at).padStart(8, '0')}`, new Date(Date.parse('2026-01-02T03:04:05Z') + at * 60_000)),
  )
  const ahead = runOf(AHEAD, AHEAD_RUN, new Date('2076-01-02T03:04:05Z'))
  writeHistory(join(web.place.top, 'state/journal.db'), { clock: () => new Date(), note: (text) => assert.fail(text) }, [ahead, ...runs])
}

describe('the pages, in awkward situations', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages())
    await web.holdfast(['-q', 'run', 'nightly'])
    writePast(web)
    writeFileSync(join(web.place.top, 'fail'), '')
    const { context, page } = await openTab(browser)
    await logIn(web, { page } as Tab)
    await context.close()
  })
  after(async () => {
    await close?.()
  })

  async function open(page: Page, path: string): Promise<void> {
    await page.goto(new URL(path, web.url).href)
    await page.locator('h1').first().waitFor()
    await page.locator('.skeleton').waitFor({ state: 'detached' })
  }

  it('fit into 320 pixels, in both languages, also with forced colors', async () => {
    for (const language of ['en', 'ru'] as const) {
      const tab = await openTab(browser, { width: 320, height: 640, language })
      const page = await enter(web.url, tab)
      await page.emulateMedia({ forcedColors: 'active' })
      const unnamed: string[] = []
      const [first = '{}'] = (await web.holdfast(['runs', '--json', 'nightly'])).stdout.split('\n')
      const places = [...PLACES, `runs/${JSON.parse(first).id}`]
      const wide: string[] = []
      const findings: string[] = []
      for (const path of places) {
        await open(page, path)
        const width = await page.evaluate<number>('document.scrollingElement.scrollWidth')
        if (width > 320) wide.push(`${path}: ${width}`)
        wide.push(...(await page.evaluate<string[]>(COVERED)).map((it) => `${path}: ${it}`))
        unnamed.push(...(await page.evaluate<string[]>(UNNAMED)).map((it) => `${path}: ${it}`))
        if (language === 'en') findings.push(...(await axeFindings(page)))
      }
      assert.deepEqual({ wide, findings, unnamed }, { wide: [], findings: [], unnamed: [] }, language)
      await tab.context.close()
    }
  })

  it('have the same keys with a Russian layout, which has no Latin letters', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    const press = (key: string, code: string) =>
      page.evaluate(`document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', code: '${code}', bubbles: true }))`)
    await press('п', 'KeyG')
    await press('ы', 'KeyS')
    await page.waitForURL('**/schedules')
    // The hosts may still be displayed, whose rows can be chosen, too.
    await page.getByRole('button', { name: 'Change nightly' }).waitFor()
    await press('о', 'KeyJ')
    assert.equal(await page.evaluate("document.activeElement.matches('main [data-row]')"), true)
    await tab.context.close()
  })

  it('switch the language without a reload, and keep what is typed', async () => {
    const { page, context } = await openTab(browser)
    await page.goto(web.url)
    const name = page.locator('input[autocomplete=username]')
    await name.fill('olga')
    await page.evaluate('globalThis.isSame = true')
    await page.getByRole('button', { name: 'Русский' }).click()
    await page.getByRole('button', { name: 'Войти' }).waitFor()
    assert.deepEqual([await name.inputValue(), await page.evaluate('globalThis.isSame')], ['olga', true])
    await context.close()
  })

  it('keep their elements, and so what is typed in them, while hosts report and requests fail', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    const isKept = async (selector: string, change: () => Promise<unknown>) => {
      const element = await page.locator(selector).first().elementHandle()
      await change()
      return element?.evaluate((it) => (it as { readonly isConnected: boolean }).isConnected)
    }
    const reported = async () => {
      const reloaded = page.waitForResponse((it) => it.url().includes('/api/v1/sets'))
      await web.holdfast(['-q', 'run', 'nightly'])
      await reloaded
    }
    await open(page, 'restore?task=nightly')
    assert.equal(await isKept('.restore form input', reported), true)
    const [newest = '{}'] = (await web.holdfast(['runs', '--json', 'nightly'])).stdout.split('\n')
    await open(page, `runs/${JSON.parse(newest).id}`)
    await page.route(/\/api\/v1\/runs\/[^/?]+(?:\?|$)/u, (route) => route.abort())
    const failed = async () => {
      await web.holdfast(['-q', 'run', 'nightly'])
      await page.locator('.stale').waitFor()
    }
    assert.equal(await isKept('main h1', failed), true)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      assert.deepEqual(await axeFindings(page), [], 'what is out of date can be read')
    }
    await tab.context.close()
  })

  it('lead from a link in a mail through the login to the cause and the line, on a phone', async () => {
    await web.holdfast(['-q', 'run', 'drip'])
    const [failed = '{}'] = (await web.holdfast(['runs', '--json', 'drip'])).stdout.split('\n')
    const tab = await openTab(browser, { width: 390, height: 844 })
    const link = `${web.url}runs/${JSON.parse(failed).id}?line=2`
    const { page } = tab
    await page.goto(link)
    await submitLogin(page)
    await page.locator('.log-row.chosen').waitFor()
    assert.equal(page.url(), link)
    await page.goto(link.replace('?line=2', ''))
    const cause = page.getByRole('region', { name: 'Cause' }).getByRole('heading').first()
    await cause.waitFor()
    const { y = 0, height = 0 } = (await cause.boundingBox()) ?? {}
    assert.ok(y > 0 && y + height < 844, 'the cause is in the first view')
    await tab.context.close()
  })

  it('add another host, report that it does not answer, and remove it', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    await page.getByRole('button', { name: 'Add a host' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('http://127.0.0.1:1/there')
    await dialog.getByLabel('Token of the other host').fill('token-of-the-other-host')
    await dialog.getByText('the token can be intercepted').waitFor()
    const findings = await axeFindings(page)
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.waitForURL(/hosts\/[\da-f]{32}$/u)
    await page.getByText('no answer from "http://127.0.0.1:1/there"', { exact: false }).first().waitFor()
    // The list of hosts may still be displayed, with the same message.
    await page.getByRole('button', { name: 'Remove' }).click()
    const name = (await page.locator('h1').textContent()) ?? ''
    await dialog.getByRole('textbox').fill(name)
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Add a host' }).waitFor()
    await page.locator('.host-name', { hasText: name }).waitFor({ state: 'detached' })
    assert.equal(await page.locator('.host-name').count(), 1)
    assert.deepEqual(findings, [])
    await tab.context.close()
  })

  it('start one run for a double click', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    await open(page, 'hosts/local')
    const runs = async () => (await web.holdfast(['runs', '--json', 'nightly'])).stdout.trim().split('\n').length
    const before = await runs()
    await page.getByRole('region', { name: 'nightly' }).getByRole('button', { name: 'Run now' }).dblclick()
    await page.getByRole('button', { name: 'Start the run' }).dblclick()
    await page.getByRole('region', { name: 'Log of the run' }).waitFor()
    await until(async () => (await runs()) > before)
    // A second one would have been refused, and recorded so.
    await page.getByText(/^good after/u).waitFor()
    assert.equal((await runs()) - before, 1)
    await page.getByText('Started by: olga (web pages)').waitFor()
    assert.match((await web.holdfast(['show'])).stdout, /started by: olga \(web\)/u)
    const shown = page.url()
    await tab.context.close()
    const russian = await openTab(browser, { language: 'ru' })
    await enter(web.url, russian)
    await russian.page.goto(shown)
    await russian.page.getByText('Кем запущен: olga (веб-страницы)').waitFor()
    await open(russian.page, 'hosts/local?tab=runs&task=nightly')
    // Those before were started by the tests.
    const others = /^(?!olga).+ \(cron или другая программа\)$/u
    const starters = await russian.page.locator('tbody td[data-label="Кем запущен"]').allTextContents()
    assert.equal(starters[0], 'olga (веб-страницы)')
    assert.deepEqual(
      starters.slice(1).filter((it) => !others.test(it)),
      [],
    )
    await russian.context.close()
  })

  it('mark runs that are dated in the future, which are at the top of the list until then', async () => {
    for (const [language, words] of [
      ['en', 'dated in the future'],
      ['ru', 'дата в будущем'],
    ] as const) {
      const tab = await openTab(browser, { language, width: 320 })
      const page = await enter(web.url, tab)
      await open(page, 'hosts/local?tab=runs')
      const rows = await page.locator('tbody tr').allTextContents()
      assert.deepEqual(
        rows.map((it) => [it.includes(AHEAD), it.includes(words)]),
        rows.map((_, at) => [at === 0, at === 0]),
      )
      const width = () => page.evaluate('document.scrollingElement.scrollWidth')
      assert.deepEqual([await axeFindings(page), await width()], [[], 320])
      await open(page, `runs/${AHEAD_RUN}`)
      await page.getByText(words, { exact: true }).waitFor()
      assert.equal(await width(), 320)
      await tab.context.close()
    }
  })

  it('save what is listed as files', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    await open(page, `hosts/local?tab=runs&task=${PAST}`)
    const displayed = await page.locator('tbody tr').allTextContents()
    assert.ok(displayed.length < PAST_RUNS)
    assert.deepEqual(
      displayed.filter((it) => !/:\d\d0\.0 s/u.test(it)),
      [],
      'no duration is negative',
    )
    for (const [word, ending] of [
      ['CSV', 'csv'],
      ['JSON', 'json'],
    ] as const) {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: word, exact: true }).click()])
      assert.match(file.suggestedFilename(), new RegExp(`\\.${ending}$`, 'u'))
      const text = readFileSync(await file.path(), 'utf8')
      const ids =
        ending === 'json' ? JSON.parse(text).map(({ id }: { readonly id: string }) => id) : [...text.matchAll(/20260102T030405Z-\d{8}/gu)].map(String)
      assert.equal(new Set(ids).size, PAST_RUNS, ending)
    }
    await tab.context.close()
  })

  it('print a host on few sheets, without what only a screen needs', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    await open(page, 'hosts/local')
    await page.emulateMedia({ media: 'print' })
    assert.equal(await page.getByRole('button').filter({ visible: true }).count(), 0)
    const sheets = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/gu)?.length
    assert.ok(sheets !== undefined && sheets <= 2, `${sheets} sheets`)
    await tab.context.close()
  })

  it('go back to the filter before', async () => {
    const tab = await openTab(browser)
    const page = await enter(web.url, tab)
    await open(page, 'hosts/local?tab=runs&task=nightly')
    const before = [page.url(), await page.locator('tbody tr').count()]
    await page.getByRole('button', { name: 'nightly ✕' }).click()
    await page.locator('tbody').getByText(PAST).first().waitFor()
    await page.getByRole('navigation', { name: 'Which runs' }).getByRole('button', { name: 'Failed' }).click()
    await page.locator('tbody').getByText(PAST).first().waitFor({ state: 'detached' })
    await page.goBack()
    await page.locator('tbody').getByText(PAST).first().waitFor()
    await page.goBack()
    await page.locator('tbody').getByText(PAST).first().waitFor({ state: 'detached' })
    assert.deepEqual([page.url(), await page.locator('tbody tr').count()], before)
    await tab.context.close()
  })

  it('show a hint on a host without tasks, and only failures if there is nothing else', async (t) => {
    const empty = await startWeb(t, 'tasks: {}\n')
    const first = await openTab(browser)
    await logIn(empty, first)
    await first.page.goto(`${empty.url}hosts/local`)
    await first.page.getByText('No task', { exact: false }).first().waitFor()
    await first.context.close()
    await empty.holdfast(['web', 'stop'])

    const failing = await startWeb(t, 'tasks: { broken: { steps: [ { exec: ["false"] } ] } }\n')
    await failing.holdfast(['-q', 'run', 'broken'])
    const second = await openTab(browser)
    await logIn(failing, second)
    await second.page.getByRole('cell', { name: 'failed', exact: true }).waitFor()
    assert.equal(await second.page.getByText('All is well', { exact: false }).count(), 0)
    await second.context.close()
    await failing.holdfast(['web', 'stop'])
  })
})
