import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTab, startBrowser } from '../support/browser.ts'
import { requires } from '../support/requires.ts'
import { logIn, submitLogin } from '../support/web-login.ts'
import { startWeb } from '../support/web-server.ts'

const TASKS = 'tasks: { first: { steps: [ { exec: ["true"] } ] }, second: { steps: [ { exec: ["true"] } ] } }\n'

test('a task without schedule that has never run is "never run" everywhere, and its host as good as its other tasks', {
  skip: requires('chromium', 'root'),
}, async (t) => {
  const web = await startWeb(t, TASKS)
  const states = async () => JSON.parse((await web.holdfast(['status', '--json'])).stdout).tasks.map(({ state }: { readonly state: string }) => state)
  assert.deepEqual(await states(), ['never-run', 'never-run'])
  const browser = await startBrowser()
  t.after(() => browser.close())
  const tab = await openTab(browser)
  const { page, context } = tab
  await logIn(web, tab)
  await page.getByRole('cell', { name: 'unknown', exact: true }).waitFor()
  await page.goto(`${web.url}hosts/local`)
  await page.getByText('no task has run yet, and none is scheduled').waitFor()

  await web.holdfast(['-q', 'run', 'first'])
  assert.deepEqual(await states(), ['ok', 'never-run'])
  const metrics = (await web.holdfast(['metrics'])).stdout
  assert.match(metrics, /^holdfast_task_state\{task="second",state="never-run"\} 1$/mu)
  assert.match(metrics, /^holdfast_task_state\{task="second",state="ok"\} 0$/mu)
  await page.reload()
  const second = page.getByRole('region', { name: 'second', exact: true })
  await second.getByText('never run', { exact: true }).waitFor()
  assert.equal(await second.getByText('good', { exact: true }).count(), 0)
  await page.goto(web.url)
  await page.getByRole('cell', { name: 'good', exact: true }).waitFor()
  await context.close()

  const russian = await openTab(browser, { language: 'ru' })
  await russian.page.goto(`${web.url}hosts/local`)
  await submitLogin(russian.page)
  await russian.page.getByRole('region', { name: 'second', exact: true }).getByText('не запускалась', { exact: true }).waitFor()
  await web.holdfast(['web', 'stop'])
})
