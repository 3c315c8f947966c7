import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Run } from '../../src/api/schema/runs.ts'
import { checkout } from '../palhm/place.ts'
import { axeFindings, openTab, startBrowser } from '../support/browser.ts'
import { buildPagesOnce } from '../support/built-pages.ts'
import { requires } from '../support/requires.ts'
import { startS3Server } from '../support/s3-server/s3-server.ts'
import { until } from '../support/time-limits.ts'
import { logIn } from '../support/web-login.ts'
import { firstAdmin, openWebPlace } from '../support/web-place.ts'
import { startWeb, type WebPlace } from '../support/web-server.ts'

const TASKS = `
tasks:
  drip:
    workers: 3
    steps:
      - backup:
          keep: { daily: 7 }
          objects:
            quick: { compress: none, pipeline: [ { shell: "echo quick; while [ ! -e @TOP@/quick ]; do sleep 0.1; done" }, [cat] ] }
            throttled:
              compress: none
              pipeline:
                - [cat, /dev/zero]
                - { shell: "while [ ! -e @TOP@/end ] && head -c 65536; do sleep 0.2; done" }
                - [cat]
            drip: { compress: none, pipeline: [ { shell: "while [ ! -e @TOP@/end ]; do echo 0123456789; sleep 0.1; done" }, [cat] ] }
`

describe('a run that was not started from the pages', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  it('is shown with the bytes and the stages of its objects while they are made, and with those that are complete', async (t) => {
    const web = await startWeb(t, TASKS)
    const tab = await openTab(browser)
    const { page } = tab
    await logIn(web, tab)
    const run = web.holdfast(['-q', 'run', 'drip'])
    await page.goto(`${web.url}hosts/local?tab=runs`)
    await page.getByRole('link', { name: 'running' }).click()
    const row = (name: string) => page.locator('.timeline-row:not(.step)', { hasText: name })
    const size = async () => Number.parseInt((await row('drip').locator('.timeline-figures > span').first().textContent()) ?? '', 10)
    await until(async () => (await size()) > 0)
    const first = await size()
    await until(async () => (await size()) > first)
    await row('drip').getByText('B/s').waitFor()
    await page.getByText('0 of 3 objects').waitFor()
    await isNamed(web, page)
    await hasNames(browser, page)
    writeFileSync(join(web.place.top, 'quick'), '')
    await page.getByText('1 of 3 objects').waitFor()
    await row('quick').locator('.state.good').waitFor()
    writeFileSync(join(web.place.top, 'end'), '')
    await page.getByText('good after').waitFor()
    assert.equal((await run).code, 0)
    assert.deepEqual(tab.complaints, [])
  })

  it('is listed if it began after the list was loaded, but before the page was connected to the stream of events', async (t) => {
    const web = await startWeb(t, TASKS)
    const tab = await openTab(browser)
    const { page } = tab
    await logIn(web, tab)
    // The requests of a shared worker cannot be held here: without one, the page opens the stream itself.
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    let open: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      open = resolve
    })
    await page.route('**/api/v1/events*', async (route) => {
      await held
      await route.continue()
    })
    await page.goto(`${web.url}hosts/local?tab=runs`)
    await page.getByText('holdfast run', { exact: true }).waitFor()
    const run = web.holdfast(['-q', 'run', 'drip'])
    await until(async () => (await web.holdfast(['status', '--json'])).stdout.includes('running'))
    open()
    await page.getByRole('link', { name: 'running' }).waitFor()
    for (const name of ['quick', 'end']) writeFileSync(join(web.place.top, name), '')
    assert.equal((await run).code, 0)
  })
})

// The first 8 MiB are checked before they are passed on.
const HELD_FROM = 20_000_000

/** Forwards every request; of a long answer only the beginning, until it is released. */
async function holdLongAnswers(port: number): Promise<{ readonly url: string; release(): void; close(): void }> {
  const { promise, resolve: release } = Promise.withResolvers<void>()
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const forwarded = request({ host: '127.0.0.1', port, method, path, headers }, async (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      const content = await buffer(response)
      outgoing.write(content.subarray(0, HELD_FROM))
      if (content.length > HELD_FROM && method === 'GET') await promise
      outgoing.end(content.subarray(HELD_FROM))
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, release, close: () => server.close() }
}

describe('a restore started in the pages', { skip: requires('chromium', 'root') }, () => {
  it('shows what is read of which object, and its stages, while it is running', async (t) => {
    await buildPagesOnce(checkout)
    const store = await startS3Server({ buckets: ['acme'] })
    const proxy = await holdLongAnswers(store.port)
    const web = await openWebPlace({
      render: (folder, port) => `version: 1
storages: { far: { type: s3, bucket: acme, root: r, endpoint: "${proxy.url}", region: us-east-1, access-key: test, secret-key: testsecret } }
web: { port: ${port} }
tasks:
  nightly: { steps: [ { backup: { keep: { last: 3 }, objects: { data: { files: { paths: [${folder}/data] } } } } } ] }
`,
    })
    const browser = await startBrowser()
    t.after(async () => {
      proxy.release()
      await browser.close()
      await web.close()
      proxy.close()
      await store.close()
    })
    writeFileSync(join(web.folder, 'data/random'), randomBytes(24_000_000))
    const admin = await firstAdmin(web.url, await web.start())
    const ask = async (method: string, path: string, body?: unknown) => {
      const { status, json, text } = await admin.request(method, `/api/v1/${path}`, body)
      assert.ok(status < 300, text)
      return json
    }
    const { run } = await ask('POST', 'runs', { task: 'nightly' })
    await until(async () => (await ask('GET', `runs/${run}`)).state !== 'running')
    const target = join(web.folder, 'restored')
    const { id } = await ask('POST', 'restores', { task: 'nightly', set: 'latest', target, dryRun: false })
    const { context, page } = await openTab(browser)
    const [name = '', value = ''] = admin.headers['cookie']?.split('=') ?? []
    await context.addCookies([{ name, value, url: web.url }])
    await page.goto(`${web.url}/restore?${new URLSearchParams({ task: 'nightly', target, job: id })}`)
    const object = page.getByRole('region', { name: 'data.tar.zst' })
    await object.getByText(/^[1-9][\d.]* (?:KiB|MiB) of 23 MiB read$/u).waitFor()
    await object.locator('.stage', { hasText: 'zstd' }).filter({ hasText: 'waits for data' }).waitFor()
    await object.locator('.stage', { hasText: 'tar' }).filter({ hasText: 'waits for data' }).waitFor()
    await page.getByText('0 of 1 object finished').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    proxy.release()
    await page.getByRole('region', { name: 'Command' }).locator('.state.good').waitFor()
    await object.waitFor({ state: 'detached' })
    const [restored = ''] = globSync('**/random', { cwd: target })
    assert.deepEqual(readFileSync(join(target, restored)), readFileSync(join(web.folder, 'data/random')))
  })
})

/** Beside the figures of the slowest object, there is room for its name on a narrow phone. */
async function hasNames(browser: Browser, wide: Page): Promise<void> {
  const { context, page } = await openTab(browser, { width: 320, height: 640, language: 'ru' })
  await context.addCookies(await wide.context().cookies())
  await page.goto(wide.url())
  await page.locator('.timeline-figures .slow').waitFor()
  const widths = await page.evaluate<readonly number[]>("[...document.querySelectorAll('.timeline-name .clip')].map((it) => it.clientWidth)")
  assert.ok(widths.length > 3 && widths.every((it) => it > 20), String(widths))
  await context.close()
}

/** The slow stage of "throttled" is the one between the two others, in the answers of the API and on the page. */
async function isNamed(web: WebPlace, page: Page): Promise<void> {
  const id = new URL(page.url()).pathname.split('/').at(-1)
  await until(async () => {
    const { progress } = (await (await page.request.get(`${web.url}api/v1/runs/${id}`)).json()) as Run
    return progress?.objects.find(({ path }) => path === 'throttled')?.pipeline?.slowest === 1
  })
  const item = page.locator('.timeline-item', { hasText: 'throttled' })
  await item.getByText(/^The slowest stage is sh: /u).waitFor()
  await item.locator('.stage.slowest', { hasText: 'slowest' }).filter({ hasText: 'sh' }).waitFor()
  await item.locator('.stage', { hasText: 'waits for the next stage' }).filter({ hasText: 'cat' }).waitFor()
  assert.deepEqual(await axeFindings(page), [])
  const fold = item.getByRole('button', { name: 'throttled' })
  await fold.press('Enter')
  await item.locator('.stage').first().waitFor({ state: 'detached' })
  await fold.press('Enter')
  await item.locator('.stage.slowest').waitFor()
}
