import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { axeFindings, openTab, type Tab } from '../support/browser.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { logIn } from '../support/web-login.ts'
import { openWebClient, userOf, type WebClient } from '../support/web-place.ts'
import type { WebPlace } from '../support/web-server.ts'

const TASKS = `
tasks:
  nightly:
    steps: [ { backup: { keep: { last: 1 }, objects: { tree: { files: { paths: [@TOP@/data/tree] } } } } } ]
  partial:
    steps:
      - backup:
          keep: { last: 1 }
          on-object-failure: keep
          objects: { tree: { files: { paths: [@TOP@/data/tree] } }, bad: { exec: [test, -e, @TOP@/data/tree/0] } }
`

describe('a set that the rotation does not decide alone', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let tab: Tab
  let close: OpenedPages['close'] | undefined
  const sets = (task = 'nightly') =>
    readdirSync(join(web.place.top, 'store', task))
      .filter((it) => /^\d/u.test(it))
      .toSorted()
  const beside = () => {
    const folder = join(web.place.top, 'store/nightly/.holdfast-index')
    return existsSync(folder) ? readdirSync(folder).filter((it) => /\.(?:hold|accepted)$/u.test(it)) : []
  }
  before(async () => {
    ;({ browser, web, close } = await openPages(TASKS))
    const tree = join(web.place.top, 'data/tree')
    mkdirSync(tree)
    for (let index = 0; index < 20; index += 1) writeFileSync(join(tree, `${index}`), 'x')
    for (const task of ['nightly', 'partial']) await web.holdfast(['-q', 'run', task])
    rmSync(tree, { recursive: true })
    mkdirSync(tree)
    for (const task of ['nightly', 'nightly', 'partial']) await web.holdfast(['-q', 'run', task])
    tab = await openTab(browser)
    await logIn(web, tab)
  })
  after(async () => {
    await close?.()
  })

  const open = async (page: Page, set: string, task = 'nightly') => {
    await page.goto(new URL(`set?task=${task}&set=${set}`, web.url).href)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.locator('.skeleton').waitFor({ state: 'detached' })
  }

  it('is suspicious with its reasons, and counts when an operator accepts it', async () => {
    const { page } = tab
    const [, set = ''] = sets()
    await open(page, set)
    const notice = page.getByRole('region', { name: 'This set is suspicious.' })
    await notice.getByText('object "tree.tar.zst"').waitFor()
    assert.match((await notice.textContent()) ?? '', /data\/tree" is empty/u)
    assert.deepEqual(await axeFindings(page), [])
    await notice.getByRole('button', { name: 'Accept' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Accept this set?' })
    await dialog.getByText('is empty').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(beside(), [], 'nothing is accepted by looking')
    await notice.getByRole('button', { name: 'Accept' }).click()
    await dialog.getByRole('button', { name: 'Accept' }).click()
    await page.getByRole('region', { name: 'This set was suspicious, and was accepted.' }).waitFor()
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(beside(), [`${set}.accepted`])
    assert.match((await web.holdfast(['sets'])).stdout, new RegExp(`${set} +complete`, 'u'))
  })

  it('that is incomplete, too, is not said to be accepted before it is', async () => {
    const { page } = tab
    const [, set = ''] = sets('partial')
    await open(page, set, 'partial')
    await page.getByRole('region', { name: 'This set is incomplete.' }).waitFor()
    await page.getByRole('region', { name: 'This set is suspicious.' }).getByRole('button', { name: 'Accept' }).waitFor()
    assert.equal(await page.getByText('was accepted').count(), 0)
    assert.deepEqual(await axeFindings(page), [])
  })

  it('is held with a reason and a last day, and released', async () => {
    const { page } = tab
    const [set = ''] = sets()
    await open(page, set)
    await page.getByRole('button', { name: 'Hold' }).click()
    const dialog = page.getByRole('dialog', { name: 'Hold this set?' })
    assert.equal(await dialog.getByRole('button', { name: 'Hold' }).isDisabled(), true, 'without a reason')
    await page.keyboard.type('audit of <b>2026</b>')
    await dialog.getByLabel('Last day').fill('2020-01-01')
    await dialog.getByRole('button', { name: 'Hold' }).click()
    await dialog.getByText('the day 2020-01-01 of "until" has passed').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await dialog.getByLabel('Last day').fill('2096-02-29')
    await dialog.getByRole('button', { name: 'Hold' }).click()
    const notice = page.getByRole('region', { name: 'This set is held.' })
    await notice.getByText('audit of <b>2026</b>').waitFor()
    assert.match((await notice.textContent()) ?? '', /until 2096-02-29 \(UTC\)/u)
    assert.deepEqual(await axeFindings(page), [])
    const { reason, until } = JSON.parse(readFileSync(join(web.place.top, 'store/nightly/.holdfast-index', `${set}.hold`), 'utf8'))
    assert.deepEqual([reason, until], ['audit of <b>2026</b>', '2096-02-29T23:59:59.999Z'])
    assert.match((await web.holdfast(['rotate', '--dry-run'])).stdout, /held until 2096-02-29: audit of/u)
    await notice.getByRole('button', { name: 'Release' }).click()
    await page.getByRole('dialog', { name: 'Release this set?' }).getByRole('button', { name: 'Release' }).click()
    await notice.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Hold' }).waitFor()
    assert.equal(beside().includes(`${set}.hold`), false)
  })

  it('fits 320 pixels, in Russian, and can only be read by a viewer', async () => {
    const [, , set = ''] = sets()
    const held = await web.holdfast(['hold', 'nightly', set, '--reason', 'x'.repeat(300)])
    assert.equal(held.code, 0, held.stderr)
    const admin = await clientOf(tab, web)
    const viewer = await userOf(admin, web.url.slice(0, -1), 'viewer')
    const narrow = await openTab(browser, { width: 320, height: 800, theme: 'dark', language: 'ru' })
    await narrow.context.addCookies([{ name: 'holdfast-session', value: viewer.headers['cookie']?.split('=')[1] ?? '', url: web.url }])
    await open(narrow.page, set)
    const notice = narrow.page.getByRole('region', { name: 'Этот набор подозрительный.' })
    await notice.waitFor()
    await narrow.page.getByRole('region', { name: 'Этот набор удерживается.' }).waitFor()
    assert.equal(
      await narrow.page
        .locator('main button')
        .filter({ hasText: /Принять|Освободить|Удержать/u })
        .count(),
      0,
    )
    assert.equal(await narrow.page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    assert.deepEqual(await axeFindings(narrow.page), [])
    for (const [method, path] of [
      ['POST', 'set/acceptance'],
      ['PUT', 'set/hold'],
    ] as const)
      assert.equal((await viewer.request(method, `/api/v1/${path}`, { task: 'nightly', set, reason: 'x' })).status, 403)
    await narrow.context.close()
  })

  it('is on record in the audit log with what was changed', async () => {
    const admin = await clientOf(tab, web)
    const { rows } = (await admin.request('GET', '/api/v1/audit?limit=100')).json
    const found = rows.filter(({ action }: { readonly action: string }) => /^set-/u.test(action))
    assert.deepEqual(found.map(({ action, who, target, outcome }: Record<string, string>) => [action, who, target, outcome]).toReversed(), [
      ['set-accepted', 'olga', 'nightly', 'begun'],
      ['set-held', 'olga', 'nightly', 'failed'],
      ['set-held', 'olga', 'nightly', 'begun'],
      ['set-released', 'olga', 'nightly', 'begun'],
      ['set-accepted', 'some viewer', '', 'refused'],
      ['set-held', 'some viewer', '', 'refused'],
    ])
  })
})

/** The same user, without the browser. */
async function clientOf({ context }: Tab, { url }: WebPlace): Promise<WebClient> {
  const client = openWebClient(url.slice(0, -1))
  const cookie = (await context.cookies()).find(({ name }) => name === 'holdfast-session')
  client.headers['cookie'] = `holdfast-session=${cookie?.value}`
  await client.request('GET', '/api/v1/session')
  return client
}
