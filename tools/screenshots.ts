import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { openTab, startBrowser } from '../test/support/browser.ts'
import { until } from '../test/support/time-limits.ts'
import { startDemo } from '../test/support/web-demo.ts'
import { logIn } from '../test/support/web-login.ts'
import { startWeb, type WebPlace } from '../test/support/web-server.ts'

// Writes a picture of every page into a folder (default: var/screenshots), in three widths, both themes and both languages, from a real server with real runs:
// good, failed and running ones. Words after the folder choose pages: `npm run screenshots -- var/shots run-good host`. With `--docs`, it writes the pictures
// of the documents instead, from the demonstration.

const WIDTHS = [390, 1024, 1920] as const
const THEMES = ['light', 'dark'] as const
const LANGUAGES = ['en', 'ru'] as const

interface Picture {
  readonly name: string
  readonly path: string
  /** Before somebody has logged in. */
  readonly isOpen?: true
}

interface Run {
  readonly id: string
  readonly task: string
}

function picturesOf(runs: readonly Run[], { set, top }: { readonly set: string; readonly top: string }): readonly Picture[] {
  const one = `set?task=nightly&set=${encodeURIComponent(set)}`
  const runOf = (task: string) => runs.find((it) => it.task === task)?.id ?? ''
  const of = (tab: string) => ({ name: `host-${tab}`, path: `hosts/local?tab=${tab}` })
  return [
    { name: 'login', path: '', isOpen: true },
    { name: 'reset', path: 'reset#code', isOpen: true },
    { name: 'hosts', path: '' },
    { name: 'host', path: 'hosts/local' },
    ...['runs', 'sets', 'storages', 'configuration'].map(of),
    { name: 'run-good', path: `runs/${runOf('nightly')}` },
    { name: 'run-failed', path: `runs/${runOf('broken')}` },
    { name: 'run-live', path: `runs/${runOf('drip')}` },
    ...['sets', 'schedules', 'users', 'tokens', 'audit', 'settings', 'account'].map((name) => ({ name, path: name })),
    { name: 'set', path: one },
    { name: 'set-inside', path: `${one}&object=etc.tar.zst&folder=${encodeURIComponent(`${top.slice(1)}/data/etc`)}` },
    ...['proof', 'guide'].map((tab) => ({ name: `set-${tab}`, path: `${one}&tab=${tab}` })),
    { name: 'sets-search', path: 'sets?q=a.txt' },
    { name: 'restore', path: `restore?task=nightly&set=${encodeURIComponent(set)}&object=etc.tar.zst` },
    ...['notifiers', 'configuration'].map((tab) => ({ name: `settings-${tab}`, path: `settings?tab=${tab}` })),
    { name: 'missing', path: 'nowhere' },
  ]
}

/** The name of each picture of the documents, its address, and what is on it when it is complete. */
const DOCS = [
  ['hosts', '/', '[role=table]'],
  ['host', '/hosts/local', 'svg.year[aria-busy=false]'],
  ['run', '/runs/@RUN@', '.problem'],
  ['set', '/set?task=nightly&set=@SET@', 'h1'],
  ['restore', '/restore?task=nightly&set=@SET@', 'h1'],
  ['schedules', '/schedules', 'h1'],
] as const

const TASKS = `
tasks:
  nightly:
    description: Files of this host
    schedule: "30 2 * * *"
    steps: [ { backup: { keep: { daily: 7 }, objects: { etc: { files: { paths: [@TOP@/data/etc] } }, big: { files: { paths: [@TOP@/data/big.bin] } } } } } ]
  broken:
    schedule: "0 4 * * 7"
    steps: [ { backup: { keep: { daily: 7 }, objects: { db: { pipeline: [ { shell: "echo data; sleep 1; echo 'FATAL: the database system is shutting down' >&2; exit 7" }, [cat] ] } } } } ]
  drip:
    steps: [ { backup: { keep: { daily: 7 }, objects: { drip: { pipeline: [ { shell: "while sleep 0.2; do echo line; echo progress >&2; done" }, [cat] ] } } } } ]
`

const root = fileURLToPath(new URL('..', import.meta.url))
const [first = join(root, 'var/screenshots'), ...wanted] = process.argv.slice(2)
const browser = await startBrowser()
try {
  if (first === '--docs') await takeForDocs(browser, join(root, 'docs/images'))
  else await takeFromServer(browser, first)
} finally {
  await browser.close()
}

/** Pages of the demonstration, in both themes. `@RUN@`: a run that failed. `@SET@`: the newest set. */
async function takeForDocs(from: Browser, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const demo = await startDemo({ hosts: 128 })
  try {
    for (const theme of THEMES) {
      const { context, page } = await openTab(from, { theme, width: 1200, height: 720 })
      await page.goto(demo.url)
      await page.getByLabel('User name').fill('demo')
      await page.getByLabel('Password').fill(demo.password)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('table').waitFor()
      const [run, set] = await Promise.all([firstOf(page, 'runs?state=failed', 'id'), firstOf(page, 'sets?task=nightly', 'name')])
      for (const [name, path, sign] of DOCS) {
        await page.goto(new URL(path.replace('@RUN@', run).replace('@SET@', encodeURIComponent(set)), demo.url).href)
        await page.locator(sign).first().waitFor()
        await page.locator('.skeleton').waitFor({ state: 'detached' })
        await page.getByText('live', { exact: true }).waitFor()
        await page.screenshot({ path: join(folder, `${name}-${theme}.png`) })
      }
      await context.close()
    }
  } finally {
    demo.process.kill('SIGTERM')
    await once(demo.process, 'exit')
  }
}

/** A value of the first row of a list. */
async function firstOf(page: Page, list: string, key: string): Promise<string> {
  const answer = await page.request.get(new URL(`/api/v1/${list}`, page.url()).href)
  return String((await answer.json()).rows[0]?.[key] ?? '')
}

async function takeFromServer(from: Browser, folder: string): Promise<void> {
  const cleaners: (() => void)[] = []
  const web = await startWeb({ after: (clean) => cleaners.push(clean as () => void) }, TASKS)
  try {
    mkdirSync(folder, { recursive: true })
    await takeAll(from, web, folder)
  } finally {
    await web.holdfast(['web', 'stop'])
    for (const clean of cleaners) clean()
  }
}

async function takeAll(from: Browser, web: WebPlace, folder: string): Promise<void> {
  const { holdfast, place, url } = web
  for (const task of ['nightly', 'nightly', 'broken', 'nightly']) await holdfast(['-q', 'run', task])
  await holdfast(['-q', 'index', 'nightly'])
  await holdfast(['-q', 'verify', 'nightly'])
  const tab = await openTab(from)
  await logIn(web, tab)
  const { cookies } = await tab.context.storageState()
  await tab.context.close()
  const live = holdfast(['-q', 'run', 'drip'])
  await until(async () => (await runsOf(holdfast)).some((it) => it.task === 'drip'))
  const set = readdirSync(join(place.top, 'store/nightly')).find((it) => /^\d/u.test(it)) ?? ''
  const all = picturesOf(await runsOf(holdfast), { set, top: place.top })
  const pictures = all.filter((it) => wanted.length === 0 || wanted.includes(it.name))
  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      for (const language of LANGUAGES) await takeEach(from, { url, folder, pictures, cookies, look: { width, theme, language } })
    }
  }
  void live
}

interface Series {
  readonly url: string
  readonly folder: string
  readonly pictures: readonly Picture[]
  readonly cookies: Parameters<Awaited<ReturnType<typeof openTab>>['context']['addCookies']>[0]
  readonly look: { readonly width: (typeof WIDTHS)[number]; readonly theme: (typeof THEMES)[number]; readonly language: (typeof LANGUAGES)[number] }
}

async function takeEach(from: Browser, { url, folder, pictures, cookies, look }: Series): Promise<void> {
  const { context, page, complaints } = await openTab(from, { ...look, height: look.width === 390 ? 844 : 900 })
  for (const isOpen of [true, false]) {
    if (!isOpen) await context.addCookies(cookies)
    for (const { name, path } of pictures.filter((it) => (it.isOpen ?? false) === isOpen)) {
      await page.goto(new URL(path, url).href)
      await page.locator('h1, h2').first().waitFor()
      await page.locator('.skeleton').waitFor({ state: 'detached' })
      await page.screenshot({ path: join(folder, `${name}-${look.width}-${look.theme}-${look.language}.png`), fullPage: true })
    }
  }
  for (const it of complaints) console.error(it)
  await context.close()
}

async function runsOf(holdfast: WebPlace['holdfast']): Promise<readonly Run[]> {
  const { stdout } = await holdfast(['runs', '--json'])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Run)
}
