import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { axeFindings, openTab, startBrowser } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { startWeb } from '../support/web-server.ts'

const PASSWORD = 'correct horse battery'

describe('administration in a browser', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('an earlier file is restored, a schedule changed, and a user and a token added and removed', async (t) => {
    const web = await startWeb(t)
    await web.holdfast(['-q', 'run', 'nightly'])
    const tab = await openTab(browser)
    const { page } = tab
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    // The page before stays until the next one is loaded.
    const goTo = async (name: string) => {
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
    }
    const findings: string[] = []
    await page.goto(web.setupUrl)
    await page.getByLabel('User name').fill('olga')
    await page.getByLabel('New password').or(page.getByLabel('Password')).first().fill(PASSWORD)
    await page.getByRole('button', { name: 'Create the account' }).click()

    await goTo('Sets')
    await page.getByRole('row').nth(1).getByRole('link').first().click()
    await page.getByRole('row').filter({ hasText: 'etc' }).first().getByRole('link', { name: 'Get back' }).click()
    const target = join(web.place.top, 'back')
    await page.getByLabel('Into which folder').fill(target)
    await page.keyboard.press('Enter')
    await page.getByText(`--to=${target}`).first().waitFor()
    findings.push(...(await axeFindings(page)))
    await button('Restore from here').click()
    await button('Start the restore').click()
    await page.getByRole('region', { name: 'Command' }).getByText('good').waitFor()
    assert.ok(existsSync(target))

    const proofs = page.getByRole('table', { name: 'Read back and restored' })
    const [set = ''] = (await web.holdfast(['sets', '--json', 'nightly'])).stdout.split('\n')
    await page.goto(`${web.url}set?task=nightly&set=${JSON.parse(set).sets[0].name}&tab=proof`)
    await proofs.getByRole('row', { name: new RegExp(`restored.*olga \\(web pages\\).*good.*${target}`, 'u') }).waitFor()
    // The displayed page follows what is restored elsewhere.
    const other = join(web.place.top, 'elsewhere')
    const { code, stderr } = await web.holdfast(['restore', `--to=${other}`, 'nightly', 'latest'], { env: { SUDO_USER: 'ivan' } })
    assert.equal(code, 0, stderr)
    await proofs.getByRole('row', { name: new RegExp(`restored.*ivan \\(cron or another program\\).*good.*${other}`, 'u') }).waitFor()
    findings.push(...(await axeFindings(page)))

    await goTo('Schedules')
    await page.getByRole('button', { name: 'Change nightly' }).click()
    await page.getByRole('dialog').getByRole('textbox').first().fill('15 4 * * *')
    await page.getByText('04:15').first().waitFor()
    await button('Save').click()
    await page.getByRole('cell', { name: '15 4 * * *' }).waitFor()
    assert.match(readFileSync(web.config, 'utf8'), /schedule: "15 4 \* \* \*"/u)
    findings.push(...(await axeFindings(page)))

    await goTo('Users')
    await button('Add a user').click()
    await page.getByRole('dialog').getByRole('textbox').first().fill('max')
    await page.getByRole('dialog').getByRole('button', { name: 'Add a user' }).click()
    await page.getByText('reset#').waitFor()
    await button('Close').click()
    await page.getByRole('button', { name: 'Change max' }).click()
    await page.getByLabel('Can log in').uncheck()
    await button('Save').click()
    await page.getByText('locked out').waitFor()
    findings.push(...(await axeFindings(page)))
    await page.getByRole('button', { name: 'Delete max' }).click()
    assert.ok(await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).isDisabled())
    await page.getByRole('dialog').getByRole('textbox').fill('max')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('row').filter({ hasText: 'max' }).waitFor({ state: 'detached' })

    await goTo('Tokens')
    await button('Create a token').click()
    await page.getByRole('dialog').getByRole('textbox').first().fill('prometheus')
    await page.getByRole('dialog').getByRole('button', { name: 'Create a token' }).click()
    await page.getByText('it is not shown again').waitFor()
    await button('Close').click()
    await page.getByRole('row').filter({ hasText: 'prometheus' }).waitFor()

    await goTo('Audit')
    await page.getByRole('cell', { name: 'user deleted' }).first().waitFor()
    findings.push(...(await axeFindings(page)))
    assert.deepEqual(findings, [])
    assert.deepEqual(tab.complaints, [])
  })
})
