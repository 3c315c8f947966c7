import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { writeHistory } from '../../src/journal/write-history.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { openTab, startBrowser } from '../support/browser.ts'
import { ORIGIN } from '../support/journal.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { logIn } from '../support/web-login.ts'
import { startWeb } from '../support/web-server.ts'

const RUN = '20260102T030405Z-00000000'
const LINES = 2_000_000
const HEAP_MOST = 100 * 1024 * 1024

const said = (text: string): RunEvent => ({ kind: 'stdout', task: 'long', stage: 'talk', text, show: 'always' })

/** A run that wrote two million lines to its stdout, in pieces as they come through a pipe: they end anywhere. */
function* story(): Generator<readonly [Date, RunEvent]> {
  const began = new Date('2026-01-02T03:04:05Z')
  yield [began, { kind: 'run-began', runId: RUN, task: 'long', steps: ['talk'] }]
  yield [began, { kind: 'step-began', task: 'long', index: 0, steps: 1, text: 'talk' }]
  let rest = ''
  for (let at = 1; at <= LINES; at += 1) {
    rest += `line ${at} of the long log\n`
    if (rest.length < 65_536 && at < LINES) continue
    yield [began, said(rest.slice(0, 65_536))]
    rest = rest.slice(65_536)
  }
  if (rest !== '') yield [began, said(rest)]
  yield [began, { kind: 'step-ended', task: 'long', index: 0, durationMs: 1000 }]
  yield [began, { kind: 'run-ended', result: { runId: RUN, task: 'long', status: 'ok', began, ended: began, notes: [] } }]
}

/** The lines in the visible part of the log; undefined while one of them is missing. */
async function visible(page: Page): Promise<readonly number[] | undefined> {
  const texts = await page.evaluate(`(() => {
    const area = document.querySelector('.log-scroll')?.getBoundingClientRect() ?? { top: 0, bottom: 0 }
    return [...document.querySelectorAll('.log-row')]
      .filter((it) => it.getBoundingClientRect().bottom > area.top + 1 && it.getBoundingClientRect().top < area.bottom - 1)
      .map((it) => it.querySelector('.log-text')?.textContent ?? '')
  })()`)
  const numbers = (texts as readonly string[]).map((it) => Number(/^line (?<number>\d+) of the long log$/u.exec(it)?.groups?.['number']))
  return numbers.length < 10 || numbers.some(Number.isNaN) ? undefined : numbers
}

async function withoutGaps(page: Page): Promise<readonly number[]> {
  let found: readonly number[] | undefined
  await until(async () => {
    found = await visible(page)
    return found
  })
  const lines = found ?? []
  for (const [index, number] of lines.entries()) assert.equal(number, (lines[0] ?? 0) + index)
  return lines
}

describe('a log of two million lines', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('can be read at any place without gaps, and searched; memory is limited, and leaving the page ends all requests', async (t) => {
    const web = await startWeb(t)
    await web.holdfast(['-q', 'run', 'nightly'])
    const linesOf = (event: RunEvent) => (event.kind === 'stdout' ? [{ level: 0, text: event.text }] : [])
    const journal = join(web.place.top, 'state/journal.db')
    writeHistory(journal, { clock: () => new Date(), note: (text) => assert.fail(text) }, [{ origin: { ...ORIGIN, linesOf }, events: [...story()] }])
    const tab = await openTab(browser)
    const { page } = tab
    await logIn(web, tab)
    await page.goto(`${web.url}runs/${RUN}`)
    assert.equal((await withoutGaps(page))[0], 1)
    await page.getByText('2,000,000 lines', { exact: true }).waitFor()

    const log = page.locator('.log-scroll')
    await log.focus()
    await page.keyboard.press('End')
    await until(async () => (await visible(page))?.at(-1) === LINES)
    await page.keyboard.press('Home')
    await until(async () => (await visible(page))?.[0] === 1)
    await page.mouse.move(600, 700)
    for (const part of [0.1, 0.99, 0.5, 0.500_01, 0.731]) {
      await page.evaluate(`(() => { const log = document.querySelector('.log-scroll'); log.scrollTo(0, log.scrollHeight * ${part}) })()`)
      await until(async () => Math.abs(((await visible(page))?.[0] ?? 0) / LINES - part) < 0.01)
      const [before = 0] = await withoutGaps(page)
      await page.mouse.wheel(0, 200)
      await until(async () => ((await visible(page))?.[0] ?? 0) > before)
      const [now = 0] = await withoutGaps(page)
      assert.ok(now - before <= 11, `200 pixels are ten lines, not ${now - before}`)
    }

    await page.goto(`${web.url}runs/${RUN}?line=1234567`)
    await page.locator('.log-row.chosen', { hasText: 'line 1234567 of' }).waitFor()
    await withoutGaps(page)
    await page.goto(`${web.url}runs/${RUN}?line=1234567&to=1234766`)
    await page.getByRole('button', { name: 'Copy the selection' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    const wanted = Array.from({ length: 200 }, (_, at) => `line ${1_234_567 + at} of the long log\n`)
    assert.equal(copied, wanted.join(''))
    await page.keyboard.press('Control+f')
    await page.keyboard.type('line 199999')
    await page.getByText('of 11', { exact: false }).first().waitFor()
    await page.keyboard.press('Enter')
    await page.locator('mark', { hasText: 'line 199999' }).first().waitFor()

    const session = await page.context().newCDPSession(page)
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    assert.ok(usedSize < HEAP_MOST, `${usedSize} bytes of heap`)

    const asked: string[] = []
    await page.getByRole('link', { name: 'Hosts', exact: true }).first().click()
    await page.getByRole('table', { name: 'Hosts' }).waitFor()
    page.on('request', (it) => asked.push(it.url()))
    await page.waitForTimeout(3000)
    assert.deepEqual(
      asked.filter((it) => it.includes('/log')),
      [],
    )
    assert.deepEqual(tab.complaints, [])
  })
})
