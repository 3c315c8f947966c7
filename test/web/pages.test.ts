import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { axeFindings, openTab, startBrowser, type Tab } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { startWeb, type WebPlace } from '../support/web-server.ts'

describe('the pages in a browser', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('show the way from the link of the first start to a running task, its failure and the cause', async (t) => {
    const web = await startWeb(t)
    await web.holdfast(['-q', 'run', 'nightly'])
    const tab = await openTab(browser)
    await createFirstAccount(web, tab)
    const { page } = tab
    await page.getByRole('link', { name: 'drip' }).or(page.getByRole('row').getByRole('link')).first().click()
    await page.getByRole('region', { name: 'drip' }).getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('button', { name: 'Start the run' }).click()
    await page.getByText('running for').first().waitFor()
    await page.getByText('Following').waitFor()
    assert.ok((await moving(page)) > 0)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    assert.equal(await moving(page), 0)
    // Byte by byte, so that the size of the unfinished object grows on the page.
    const figures = page.locator('.timeline-row:not(.step)', { hasText: 'drip' }).locator('.timeline-figures > span').first()
    const size = async () => Number.parseInt((await figures.textContent()) ?? '', 10)
    await until(async () => (await size()) > 0)
    const before = await size()
    await until(async () => (await size()) > before)
    await page.locator('.log-text', { hasText: 'progress 9' }).first().waitFor()
    writeFileSync(join(web.place.top, 'fail'), '')
    const cause = page.getByRole('region', { name: 'Cause' })
    await cause.waitFor()
    assert.match((await cause.textContent()) ?? '', /exit code 7/u)
    assert.match((await cause.textContent()) ?? '', /the disk is on fire/u)
    await page.getByText('failed after').waitFor()
    const stage = page.locator('.stage.bad')
    assert.match((await stage.textContent()) ?? '', /Exit code 7[\s\S]*the disk is on fire/u)

    await findInLog(tab)
    await page.getByRole('link', { name: 'Hosts', exact: true }).first().click()
    await page.getByRole('cell', { name: 'failed', exact: true }).waitFor()
    assert.deepEqual(tab.complaints, [])
  })

  it('can be used with the keyboard alone, in both languages, without findings of axe', async (t) => {
    const web = await startWeb(t)
    await web.holdfast(['-q', 'run', 'nightly'])
    const tab = await openTab(browser, { language: 'ru', width: 390, theme: 'dark' })
    const { page } = tab
    await createFirstAccount(web, tab, russian)
    const findings = [...(await axeFindings(page))]
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Клавиши' }).waitFor()
    findings.push(...(await axeFindings(page)))
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    assert.equal(await page.evaluate('document.activeElement.type'), 'search')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'nightly' }).waitFor()
    for (const part of ['Запуски', 'Наборы', 'Хранилища', 'Конфигурация', 'Задачи']) {
      await page.getByRole('navigation', { name: 'Разделы хоста' }).getByRole('link', { name: part }).press('Enter')
      await page.locator('.skeleton').waitFor({ state: 'detached' })
      findings.push(...(await axeFindings(page)))
    }
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Журнал запуска' }).waitFor()
    await page.locator('.log-row').first().waitFor()
    findings.push(...(await axeFindings(page)))
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.getByRole('table', { name: 'Хосты' }).waitFor()
    assert.deepEqual(findings, [])
    assert.deepEqual(tab.complaints, [])
  })

  it('report that the server is not reachable, keep the displayed data, and recover automatically', async (t) => {
    const web = await startWeb(t)
    const tab = await openTab(browser)
    const { page } = tab
    await createFirstAccount(web, tab)
    await page.getByText('live', { exact: true }).waitFor()
    await web.holdfast(['web', 'stop'])
    await page.getByText('offline for').waitFor()
    assert.equal(await page.getByRole('row').count(), 2, 'the host is still there')
    await web.holdfast(['web', 'start'])
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByText('No connection to the server').waitFor({ state: 'detached' })
  })

  it('report that no row matches the filter, and open with any date in the address', async (t) => {
    const web = await startWeb(t)
    await web.holdfast(['-q', 'run', 'nightly'])
    const tab = await openTab(browser)
    const { page } = tab
    await createFirstAccount(web, tab)
    for (const search of ['state=failed', 'day=2001-02-03']) {
      await page.goto(`${web.url}hosts/local?tab=runs&${search}`)
      await page.getByText('No run matches the filter.').waitFor()
    }
    await page.goto(`${web.url}hosts/local?tab=runs&task=drip`)
    await page.getByText('No run of "drip" is recorded yet.').waitFor()
    await page.goto(`${web.url}hosts/local?tab=sets&task=drip`)
    await page.getByText('No set matches the filter.').waitFor()
    await page.goto(`${web.url}hosts/local`)
    await page.locator('svg.year[aria-busy=false]').first().waitFor()
    for (const search of ['from=2026-02-31', 'from=0002-11-26&to=2026-13-01']) {
      await page.goto(`${web.url}audit?${search}`)
      await page.getByRole('table', { name: 'Audit' }).waitFor()
    }
    assert.deepEqual(tab.complaints, [])
  })
})

const english = { name: 'User name', email: 'E-mail', password: 'Password', create: 'Create the account', hosts: 'Hosts' }
const russian = { name: 'Имя пользователя', email: 'Эл. почта', password: 'Пароль', create: 'Создать', hosts: 'Хосты' }

async function createFirstAccount({ setupUrl }: WebPlace, { page }: Tab, words = english): Promise<void> {
  await page.goto(setupUrl)
  await page.getByLabel(words.name).fill('olga')
  await page.getByLabel(words.password).fill('correct horse battery')
  await page.getByRole('button', { name: words.create }).click()
  await page.getByRole('table', { name: words.hosts }).waitFor()
}

/** How many elements are animated, or will be when they change. */
async function moving(page: Page): Promise<number> {
  return await page.evaluate<number>(`[...document.querySelectorAll('*')].filter((it) => {
    const { animationName, transitionDuration } = getComputedStyle(it)
    return animationName !== 'none' || transitionDuration.split(', ').some((duration) => duration !== '0s')
  }).length`)
}

async function findInLog({ page }: Tab): Promise<void> {
  await page.keyboard.press('Control+f')
  await page.keyboard.type('disk is on')
  await page.locator('mark', { hasText: 'disk is on' }).first().waitFor()
  assert.match(page.url(), /q=disk/u)
  await page.keyboard.press('Escape')
  await page.getByRole('group', { name: 'Level' }).getByRole('button', { name: 'Errors' }).press('Enter')
  await page.locator('.log-text', { hasText: 'progress' }).first().waitFor({ state: 'detached' })
  await page.locator('.log-text', { hasText: 'exit code 7' }).first().waitFor()
  assert.match(page.url(), /level=errors/u)
}
