import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { checkout } from '../palhm/place.ts'
import { axeFindings, openTab, startBrowser, type Tab } from '../support/browser.ts'
import { buildPagesOnce } from '../support/built-pages.ts'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { logIn, WEB_PASSWORD } from '../support/web-login.ts'
import { openWebClient, openWebPlace, type WebClient, type WebPlace } from '../support/web-place.ts'

// An account of every Debian that nobody gives a crontab.
const USER = 'irc'
const crontab = (...args: readonly string[]) => spawnSync('crontab', ['-u', USER, ...args], { encoding: 'utf8' })

function config(folder: string, port: number): string {
  return `# This host's backups.
naming: {server_name: srv1, project: proj, region: reg}
logging: {logs_path: ${folder}/logs, trigger_filepath: ${folder}/trigger}
web: {host: 127.0.0.1, port: ${port}}
cron: {cron_user: ${USER}}
schedule:
  full: {cron: 00 23 * * 0, actions: [tar0], descr: Полный}   # Sundays
  # The other days.
  diff:
    descr: 'Differences'
    cron: '00 23 * * 1-6'   # every day but Sunday
    actions:
      - tar0
actions:
  tar0: {type: tar, basename: etc, src_path: ${folder}/data, dest_path: ${folder}/root}
  pg: {type: pgdump, basename: db, databases: [app1], user: kb, host: 127.0.0.1, password: 'canary-4711', dest_path: ${folder}/root, port: 54399}
`
}

describe('a KristaBackup configuration changed in the pages', { skip: requires('chromium', 'crontab', 'root') }, () => {
  let browser: Browser
  let web: WebPlace
  let tab: Tab
  let original: string
  before(async () => {
    if (crontab('-l').status === 0) throw new Error(`"${USER}" has a crontab`)
    await buildPagesOnce(checkout)
    browser = await startBrowser()
    web = await openWebPlace({ render: config, name: 'config.yaml' })
    original = readFileSync(web.config, 'utf8')
    tab = await openTab(browser, { width: 1440 })
    await logIn({ setupUrl: `${web.url}/setup#${await web.start()}` }, tab)
  })
  after(async () => {
    crontab('-r')
    await web?.close()
    await browser?.close()
  })

  const file = () => readFileSync(web.config, 'utf8')
  const history = () => readdirSync(join(dirname(web.config), 'config_history'))
  const row = (task: string) => tab.page.getByRole('row').filter({ hasText: task })
  const button = (name: string) => tab.page.getByRole('button', { name, exact: true })
  const dialog = () => tab.page.getByRole('dialog')
  const closed = () => dialog().waitFor({ state: 'detached' })
  const goTo = async (path: string) => {
    await tab.page.goto(`${web.url}/${path}`)
    await tab.page.locator('h1').first().waitFor()
    await tab.page.locator('.skeleton').waitFor({ state: 'detached' })
  }
  /** Another session of the same administrator. */
  const another = async (): Promise<WebClient> => {
    const client = openWebClient(web.url)
    await client.request('POST', '/api/v1/session', { name: 'olga', password: WEB_PASSWORD })
    return client
  }
  const change = async (client: WebClient, edit: (text: string) => string) => {
    const { headers, json } = await client.request('GET', '/api/v1/config')
    const answer = await client.request('PUT', '/api/v1/config', { text: edit(json.text) }, { 'if-match': headers.get('etag') ?? '' })
    assert.equal(answer.status, 200, answer.text)
  }

  it('tasks are added, enabled, changed, disabled and deleted, and every other byte stays', async () => {
    const { page } = tab
    await goTo('schedules')
    await button('Add a task').click()
    await dialog().getByRole('textbox', { name: 'Task', exact: true }).fill('both')
    await dialog().getByLabel('What it runs').fill('tar0\npg')
    await dialog().getByLabel('Schedule').fill('15 4 * * 1')
    await dialog().getByLabel('Description').fill('Both "of them"')
    assert.deepEqual(await axeFindings(page), [])
    await button('Save').click()
    await closed()
    await row('both').getByText('15 4 * * 1').waitFor()
    const line = '  "both":\n    descr: "Both \\"of them\\""\n    cron: "15 4 * * 1"\n    actions: ["tar0", "pg"]\n'
    assert.equal(file(), original.replace('actions:\n  tar0:', `${line}actions:\n  tar0:`))

    await row('both').getByRole('button', { name: 'Enable both' }).click()
    await row('both').getByRole('button', { name: 'Disable both' }).waitFor()
    await row('both').getByText('enabled', { exact: true }).waitFor()
    assert.match(crontab('-l').stdout, /^15 4 \* \* 1 .* run both/mu)

    // What starts the task follows its schedule.
    await row('both').getByRole('button', { name: 'Change both' }).click()
    await dialog().getByLabel('Schedule').fill('45 5 * * 2')
    await dialog().getByText('05:45').first().waitFor()
    await button('Save').click()
    await closed()
    await row('both').getByText('45 5 * * 2').waitFor()
    assert.match(crontab('-l').stdout, /^45 5 \* \* 2 .* run both/mu)
    assert.doesNotMatch(crontab('-l').stdout, /^15 4/mu)

    await row('full').getByRole('button', { name: 'Enable full' }).click()
    await row('full').getByRole('button', { name: 'Disable full' }).click()
    await row('full').getByRole('button', { name: 'Enable full' }).waitFor()
    assert.doesNotMatch(crontab('-l').stdout, /run full/u)

    await row('both').getByRole('button', { name: 'Delete both' }).click()
    const remove = dialog().getByRole('button', { name: 'Delete' })
    assert.ok(await remove.isDisabled())
    await dialog().getByRole('textbox').fill('both')
    await remove.click()
    await closed()
    await row('both').waitFor({ state: 'detached' })
    assert.equal(file(), original)
    assert.doesNotMatch(crontab('-l').stdout, /run both/u)
    assert.equal(history().length, 3)
  })

  it('a task between comments is changed in place; an invalid change is not written', async () => {
    await goTo('schedules')
    await row('diff').getByRole('button', { name: 'Change diff' }).click()
    await dialog().getByLabel('Schedule').fill('00 22 * * 1-9')
    await dialog().getByText('1-9', { exact: false }).last().waitFor()
    await button('Save').click()
    await dialog().getByRole('alert').waitFor()
    assert.equal(file(), original)
    await dialog().getByLabel('Schedule').fill('00 22 * * 1-6')
    await button('Save').click()
    await closed()
    assert.equal(file(), original.replace("'00 23 * * 1-6'", '"00 22 * * 1-6"'))
  })

  it('an earlier version is compared and brought back, with its secret', async () => {
    const { page } = tab
    await goTo('settings?tab=configuration')
    const area = page.getByRole('textbox', { name: web.config })
    const now = await area.inputValue()
    assert.doesNotMatch(now, /canary/u)
    await area.fill(now.replace('# This host', '# All of this host'))
    await page.getByText('Checked. Nothing is written yet.').waitFor()
    await button('Write the file').click()
    await page.getByText('Written. The previous version is kept.').waitFor()
    assert.match(file(), /^# All of this host's backups\.\n/u)

    const versions = page.locator('.versions').getByRole('link')
    // The oldest one: the file before anything was changed.
    await versions.last().click()
    const compared = page.getByRole('region', { name: 'Earlier versions' })
    await compared.getByText('2 lines added, 2 lines removed').waitFor()
    await compared.getByText("- # All of this host's backups.").waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await button('Restore this version').click()
    await page.getByText('Checked. Nothing is written yet.').waitFor()
    await button('Write the file').click()
    await page.getByText('Written. The previous version is kept.').waitFor()
    assert.equal(file(), original)
    await until(async () => (await versions.count()) === history().length)
  })

  it('what is typed stays when the file is changed elsewhere, and does not replace that change', async () => {
    const { page } = tab
    await goTo('settings?tab=configuration')
    await page.getByText('live', { exact: true }).waitFor()
    const area = page.getByRole('textbox', { name: web.config })
    const mine = (await area.inputValue()).replace('# Sundays', '# On Sundays')
    await area.fill(mine)
    await change(await another(), (text) => text.replace('# The other days.', '# Other days.'))
    await page.getByText('The file was changed since you began.', { exact: false }).waitFor()
    assert.equal(await area.inputValue(), mine)
    assert.ok(await button('Write the file').isDisabled())
    await button('Compare with the file as it is now').click()
    await page.getByText('- # Other days.', { exact: false }).waitFor()
    await area.fill(mine.replace('# The other days.', '# Other days.'))
    await button('Write the file').click()
    await page.getByText('Written. The previous version is kept.').waitFor()
    assert.equal(file(), original.replace('# Sundays', '# On Sundays').replace('# The other days.', '# Other days.'))

    // A text that was not edited follows the file.
    await change(await another(), (text) => text.replace('# On Sundays', '# Sundays').replace('# Other days.', '# The other days.'))
    await until(async () => (await area.inputValue()).includes('# The other days.'))
  })

  it('what is typed while the file is being written stays', async () => {
    const { page } = tab
    await goTo('settings?tab=configuration')
    const area = page.getByRole('textbox', { name: web.config })
    const first = (await area.inputValue()).replace('# Sundays', '# On Sundays')
    let answer = (): void => undefined
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/api/v1/config', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue()
      const response = await route.fetch()
      await held
      await route.fulfill({ response })
    })
    await area.fill(first)
    await button('Write the file').click()
    await area.fill(first.replace('# The other days.', '# Other days.'))
    answer()
    await page.getByText('1 line added, 1 line removed').waitFor()
    assert.equal(await area.inputValue(), first.replace('# The other days.', '# Other days.'))
    assert.equal(file(), original.replace('# Sundays', '# On Sundays'))
    await page.unroute('**/api/v1/config')
    await button('Write the file').click()
    await page.getByText('Written. The previous version is kept.').waitFor()
    writeFileSync(web.config, original)
  })

  it('a form does not replace a change that was made after it was opened', async () => {
    const { page } = tab
    await goTo('schedules')
    await page.getByText('live', { exact: true }).waitFor()
    await row('diff').getByRole('button', { name: 'Change diff' }).click()
    await dialog().getByLabel('Schedule').fill('00 21 * * 1-6')
    const other = await another()
    await change(other, (text) => text.replace("'00 23 * * 1-6'", "'00 20 * * 1-6'"))
    // The event of the change has arrived, and the list behind the form has been loaded again.
    await row('diff').getByText('00 20 * * 1-6').waitFor({ state: 'attached' })
    await button('Save').click()
    await dialog().getByRole('alert').waitFor()
    assert.match(file(), /cron: '00 20 \* \* 1-6'/u)
    await button('Cancel').click()
    assert.deepEqual(tab.complaints, [])
  })
})
