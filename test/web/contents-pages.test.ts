import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { checkout } from '../palhm/place.ts'
import { axeFindings, openTab, startBrowser } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { startWeb } from '../support/web-server.ts'

const HOSTILE = `it's a "file"\nof $(touch owned) \\ * ; -rf`
const CONTENT = 'what is restored\n'

const digestOf = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')

/** Moves the focus there as a user without a mouse does, and presses the key. */
async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  for (let count = 0; count < 100; count += 1) {
    await page.keyboard.press('Tab')
    if ((await target.and(page.locator(':focus')).count()) > 0) return await page.keyboard.press(key)
  }
  assert.fail('the focus does not get there')
}

describe('what is inside sets, in a browser', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('is said to be unknown, then looked into, found over all sets, and brought back', async (t) => {
    const web = await startWeb(t)
    writeFileSync(join(web.place.top, 'data/etc', HOSTILE), CONTENT)
    await web.holdfast(['-q', 'run', 'nightly'])
    const tab = await openTab(browser)
    const { page } = tab
    await page.goto(web.setupUrl)
    await page.getByLabel('User name').fill('olga')
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Create the account' }).click()
    await page.getByRole('table', { name: 'Hosts' }).waitFor()

    await page.goto(`${web.url}sets?q=a.txt`)
    await page.getByText('2 objects were not searched').waitFor()
    await page.getByText('in what could be searched').waitFor()
    assert.deepEqual(await axeFindings(page), [])

    await page.goto(`${web.url}sets`)
    await page.getByRole('row').nth(1).getByRole('link').first().click()
    await page.getByRole('link', { name: 'etc.tar.zst', exact: true }).click()
    await page.getByText('have not been listed yet').waitFor()
    await page.getByRole('button', { name: 'Look inside' }).click()
    const top = web.place.top.slice(1).split('/')
    for (const part of [...top, 'data', 'etc']) await page.getByRole('link', { name: `${part}/`, exact: true }).click()
    await page.getByRole('cell', { name: 'a.txt', exact: true }).waitFor()
    assert.deepEqual(await axeFindings(page), [])

    await page.goto(`${web.url}sets?q=A.TXT`)
    await page.getByText('1 match; searched 1 of 1 set').waitFor()
    await page.getByRole('row').filter({ hasText: 'a.txt' }).getByRole('link', { name: 'Get back' }).click()
    const target = join(web.place.top, 'back')
    await page.getByLabel('Into which folder').fill(target)
    await page.keyboard.press('Enter')
    await page
      .getByText(`--path=${[...top, 'data/etc/a.txt'].join('/')}`)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Restore from here' }).click()
    const dryRun = page.getByRole('region', { name: 'What the restore would do' })
    await dryRun.getByText('good').waitFor()
    assert.match((await dryRun.textContent()) ?? '', /a\.txt|etc\.tar\.zst/u)
    assert.ok(!existsSync(target), 'a dry run writes nothing')
    await page.getByRole('button', { name: 'Start the restore' }).click()
    await page.getByRole('region', { name: 'Command' }).getByText('good').waitFor()
    assert.ok(existsSync(join(target, 'etc.tar.zst.d', ...top, 'data/etc/a.txt')))

    // From the first page to a command, with the keyboard only.
    await page.goto(web.url)
    await page.getByRole('table', { name: 'Hosts' }).waitFor()
    await press(page, page.getByRole('link', { name: 'Sets', exact: true }))
    await page.getByRole('heading', { name: 'Sets', level: 1 }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('owned')
    const found = page.getByRole('row').filter({ hasText: '$(touch owned)' }).getByRole('link', { name: 'Get back' })
    await found.waitFor()
    await press(page, found)
    const folder = page.getByLabel('Into which folder')
    await folder.waitFor()
    const other = join(web.place.top, "it's back")
    await press(page, folder, 'Control+a')
    await page.keyboard.type(other)
    await page.keyboard.press('Enter')
    await page.locator('.copy code', { hasText: 's back' }).waitFor()
    await press(page, page.getByRole('button', { name: /^Copy: / }))
    await page.getByText('Copied').waitFor()
    const command = await page.evaluate<string>('navigator.clipboard.readText()')
    const ended = await web.place.start(['-c', command], { as: '/bin/sh', env: { PATH: `${checkout}:${process.env['PATH']}` } })
    assert.equal(ended.code, 0, `${command}\n${ended.stderr}`)
    const restored = readFileSync(join(other, 'etc.tar.zst.d', ...top, 'data/etc', HOSTILE))
    assert.deepEqual([digestOf(restored), existsSync(join(web.place.run, 'owned'))], [digestOf(CONTENT), false])
    assert.deepEqual(tab.complaints, [])
  })
})
