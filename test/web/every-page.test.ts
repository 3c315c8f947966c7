import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ROUTES } from '../../src/api/routes/all-routes.ts'
import type { Route } from '../../src/api/routes/route.ts'
import { TABS } from '../../web/src/pages/host/host-search.ts'
import { SET_TABS } from '../../web/src/pages/set/set-search.ts'
import { SETTINGS_TABS } from '../../web/src/pages/settings/settings-search.ts'
import { checkout } from '../palhm/place.ts'
import { openTab, startBrowser } from '../support/browser.ts'
import { buildPagesOnce } from '../support/built-pages.ts'
import { requires } from '../support/requires.ts'
import { textsOf } from '../support/texts-of-language.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebPlace } from '../support/web-place.ts'
import { cookieOf, openWebWithSecrets, type WebWithSecrets } from '../support/web-with-secrets.ts'

let web: WebWithSecrets
before(async () => {
  await buildPagesOnce(checkout)
  web = await openWebWithSecrets()
})
after(() => web?.close())

function secretsIn(text: string): readonly string[] {
  return web.secrets.filter((it) => text.includes(it))
}

function assertNone(text: string, where: string): void {
  assert.deepEqual(secretsIn(text), [], where)
}

for (const [name, route] of Object.entries<Route>(ROUTES)) {
  if (route.method !== 'get' || route.answer === 'stream') continue
  test(`${name}: the answer contains no secret`, async () => {
    const { admin, asked, ids, set } = web
    const path = route.path.replaceAll(/\{(\w+)\}/gu, (_, key: string) => ids[key] ?? assert.fail(`no id of a ${key}`))
    const log = { folder: '', name: '' }
    if (name === 'readLogFile') Object.assign(log, (await asked('GET', 'log-files')).rows[0])
    const query = new URLSearchParams({ task: 'nightly', set, q: 'a', ...log, ...(name === 'readUser' && { name: 'max' }) })
    if (['listRuns', 'listAudit', 'listVerifications'].includes(name)) query.delete('task')
    if (log.folder === '') query.delete('folder')
    const { status, text } = await admin.request('GET', `/api/v1${path}?${query}`)
    assert.equal(status, 200, `${path}?${query}: ${text}`)
    assertNone(text, path)
  })
}

test('the answers of the API of KristaBackup, and the metrics, contain no secret', async () => {
  for (const path of ['/api/si', '/api/cf', '/metrics', '/']) assertNone((await web.admin.request('GET', path)).text, path)
})

test('logs, the journal, jobs and the records of changes contain no secret', () => {
  const { folder } = web.place
  // Only these files have to contain some, and are readable by their user only: sessions, tokens and links are in them as digests.
  const kept = /\/(?:accounts\.db.*|peer-tokens\.json|config-history\/.*|\.?secret[^/]*)$/u
  const files = globSync(['state/**', 'logs/**'], { cwd: folder, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name))
  assert.ok(files.length > 4, files.join('\n'))
  for (const file of files) if (!kept.test(file)) assertNone(readFileSync(file, 'latin1'), file)
  // The key of a second factor cannot be a digest: codes are computed with it.
  for (const file of globSync('state/accounts.db*', { cwd: folder }))
    for (const secret of web.secrets) if (secret !== web.totp) assert.ok(!readFileSync(join(folder, file), 'latin1').includes(secret), secret)
})

function unreachable(): string {
  return `hosts/${web.ids['other']}`
}

const CANARY = 'canary-ancestor-4711'
const ANCESTORS: Readonly<Record<string, (folder: string, port: number) => string>> = {
  'config.yaml': (folder, port) => `naming: {server_name: srv1, project: proj, region: reg}
logging: {logs_path: ${folder}/logs}
web: {port: ${port}}
schedule: {nightly: {cron: 0 3 * * *, actions: [pg]}}
actions:
  pg: {type: pgdump, basename: db, databases: [app], user: u, host: 127.0.0.1, port: 1, password: ${CANARY}, dest_path: ${folder}/root}
`,
  'palhm.json': (folder, port) => {
    const pipeline = [{ type: 'exec-inline', argv: ['/bin/cat', `${folder}/missing`], env: { DB_PASSWORD: CANARY } }]
    const backup = {
      id: 'nightly',
      type: 'backup',
      backend: 'localfs',
      'backend-param': { root: `${folder}/root` },
      objects: [{ path: 'db', pipeline }],
    }
    return JSON.stringify({ web: { port }, tasks: [backup] })
  },
}
for (const [name, render] of Object.entries(ANCESTORS))
  test(`no answer about "${name}" contains its secret, after a run that used it`, async (t) => {
    const place = await openWebPlace({ render, name })
    t.after(() => place.close())
    const admin = await firstAdmin(place.url, await place.start())
    const { run } = (await admin.request('POST', '/api/v1/runs', { task: 'nightly' })).json
    await until(async () => (await admin.request('GET', `/api/v1/runs/${run}`)).json.state === 'failed')
    const { id: job } = (await admin.request('GET', '/api/v1/jobs')).json.rows[0]
    const given: Readonly<Record<string, string>> = { host: 'local', run, job }
    const paths = Object.values<Route>(ROUTES).filter(({ method, answer }) => method === 'get' && answer !== 'stream')
    const all = paths.map(({ path }) => `/api/v1${path.replaceAll(/\{(\w+)\}/gu, (_, key: string) => given[key] ?? 'none')}`)
    for (const path of [...all, '/api/si', '/api/cf', '/metrics']) {
      const { text } = await admin.request('GET', path)
      assert.ok(!text.includes(CANARY), path)
    }
    assert.match((await admin.request('GET', '/api/v1/config')).text, /holdfast-secret-/u)
  })

/** What is visited of each page of `web/src/app/routes.tsx`, after a login. */
function visited(live: string): Readonly<Record<string, readonly string[]>> {
  const { set, ids } = web
  const one = `task=nightly&set=${encodeURIComponent(set)}`
  return {
    '/': ['', '?view=problems', '?q=nowhere'],
    '/hosts/$host': [...TABS.map((tab) => `hosts/local?tab=${tab}`), unreachable()],
    '/runs/$run': [live, ids['run'], ids['failed']].map((run) => `runs/${run}`),
    '/sets': ['sets', 'sets?q=a.txt'],
    '/set': SET_TABS.map((tab) => `set?${one}&tab=${tab}`),
    '/restore': [`restore?${one}`],
    '/schedules': ['schedules', 'schedules?span=week'],
    '/settings': SETTINGS_TABS.map((tab) => `settings?tab=${tab}`),
    '/users': ['users'],
    '/tokens': ['tokens'],
    '/audit': ['audit'],
    '/account': ['account'],
    '/setup': ['setup#code'],
    '/reset': ['reset#code'],
  }
}

const ROLES = ['viewer', 'operator', 'admin'] as const
const LANGUAGES = ['en', 'ru'] as const
type Language = (typeof LANGUAGES)[number]
/** The texts that a page in this language does not have. */
const FOREIGN = { en: textsOf('ru'), ru: textsOf('en') }
const FOR_ADMINS = ['users', 'audit']

interface Seen {
  readonly lang: string
  readonly problems: number
  /** The texts of the page, also those of attributes, except data that is marked as such. */
  readonly texts: readonly string[]
  readonly html: string
}

const LOOK = `(() => {
  const texts = [document.title]
  const walker = document.createTreeWalker(document.body)
  for (let node = walker.currentNode; node; node = walker.nextNode())
    if (node.nodeType === Node.TEXT_NODE && !node.parentElement.closest('[translate=no], pre, code, script, noscript')) texts.push(node.data)
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-tip', 'data-label'])
    for (const it of document.querySelectorAll('[' + name + ']')) texts.push(it.getAttribute(name))
  const typed = [...document.querySelectorAll('input, textarea')].map((it) => it.value)
  return {
    lang: document.documentElement.lang,
    problems: document.querySelectorAll('main [role=alert], main .stale').length,
    texts,
    html: document.documentElement.outerHTML + typed.join(' '),
  }
})()`

const MISSING = 'section.teach > h1'
const LOGIN = 'main.gate input[autocomplete=current-password]'
/** What a page without a login has. */
const CHOICE = 'main.gate input[autocomplete=new-password]'

/** Opens it as a link does, without loading the pages again: after an address without a page, so that nothing of the page before is left. */
async function open(page: Page, path: string, isLoggedIn: boolean): Promise<void> {
  const isGate = /^(?:setup|reset)#/u.test(path)
  for (const [to, sign] of [
    ['nowhere', isLoggedIn ? `main ${MISSING}` : LOGIN],
    [path, isGate ? CHOICE : isLoggedIn ? `main h1:not(${MISSING})` : LOGIN],
  ] as const) {
    await page.evaluate(`history.pushState(null, '', new URL(${JSON.stringify(to)}, document.baseURI))`)
    await page.locator(sign).first().waitFor()
  }
  await page.locator('.skeleton').waitFor({ state: 'detached' })
}

interface Watching {
  readonly report: (fault: string) => void
  /** Whether the user may not see this page. */
  readonly isForbidden: (page: string) => boolean
}

/** Reports requests that fail, and secrets in answers; the returned function waits until all answers are read. */
function watchAnswers(page: Page, { report, isForbidden }: Watching): () => Promise<unknown> {
  const reading: Promise<void>[] = []
  page.on('response', (response) => {
    const { pathname, searchParams } = new URL(response.url())
    const expected = searchParams.get('host') === web.ids['other'] ? 502 : isForbidden(pathname.split('/').at(-1) ?? '') ? 403 : 0
    if (response.status() >= 400 && response.status() !== expected) report(`${response.status()} ${pathname}`)
    if (!pathname.includes('/api/') || pathname.endsWith('/events')) return
    const read = (text: string) => {
      for (const secret of secretsIn(text)) report(`"${secret}" in the answer of ${pathname}`)
    }
    // Without a body: cancelled, because the page is no longer displayed.
    reading.push(response.text().then(read, () => undefined))
  })
  return () => Promise.all(reading)
}

function faultsIn({ lang, texts, html }: Seen, language: Language): readonly string[] {
  return [
    ...(lang === language ? [] : [`its language is "${lang}"`]),
    ...texts.filter(FOREIGN[language]).map((it) => `not translated: ${it}`),
    ...texts.filter((it) => /\bundefined\b|\[object |\bNaN\b|Invalid Date/u.test(it)).map((it) => `not a text: ${it}`),
    ...secretsIn(html).map((secret) => `"${secret}" on the page`),
  ]
}

/** The buttons for what viewers may not do. */
async function actionsOn(page: Page, as: string): Promise<readonly string[]> {
  if (as !== 'viewer en') return []
  const name =
    /^(?:Run now|Run again|Start|Stop|Change|Delete|Remove|Add|Enable|Disable|Schedule|Save|Check now|Read back now|Look inside|Restore|Send|Bring back|Accept|Hold)/u
  const names = await page.getByRole('button', { name }).allTextContents()
  return names.filter((it) => it !== 'Change the password').map((it) => `the action "${it}"`)
}

describe('every page', { skip: requires('chromium', 'root') }, () => {
  let browser: Browser
  let pages: Readonly<Record<string, readonly string[]>>
  let live = ''
  const cookies: Record<string, string> = {}
  before(async () => {
    browser = await startBrowser()
    live = (await web.asked('POST', 'runs', { task: 'drip' })).run
    pages = visited(live)
    for (const role of ROLES) cookies[role] = cookieOf(await web.enter(role))
    await until(async () => (await web.asked('GET', `runs/${live}`)).progress?.objects[0]?.pipeline)
  })
  after(async () => {
    writeFileSync(join(web.place.folder, 'end'), '')
    await until(async () => (await web.asked('GET', `runs/${live}`)).state !== 'running')
    await browser?.close()
  })

  it('is visited', () => {
    const routes = readFileSync(join(checkout, 'web/src/app/routes.tsx'), 'utf8')
    const paths = [...routes.matchAll(/^ +path: '(?<path>[^']+)',$/gmu)].map((it) => it.groups?.['path'])
    assert.deepEqual(Object.keys(pages).toSorted(), paths.toSorted())
  })

  for (const role of [...ROLES, 'nobody'] as const)
    it(`is drawn without a failure, in its language, and without a secret: ${role}`, async () => {
      const faults = await Promise.all(LANGUAGES.map((language) => faultsOf(role, language)))
      assert.deepEqual(faults.flat(), [])
    })

  async function faultsOf(role: string, language: Language): Promise<readonly string[]> {
    const { context, page, complaints } = await openTab(browser, { language })
    const faults: string[] = []
    let path = ''
    const report = (fault: string) => faults.push(`${language} ${path}: ${fault}`)
    const isForbidden = (it: string) => role !== 'admin' && FOR_ADMINS.includes(it)
    const answers = watchAnswers(page, { report, isForbidden })
    if (role !== 'nobody') await context.addCookies([{ name: 'holdfast-session', value: cookies[role] ?? '', url: web.place.url }])
    await page.goto(`${web.place.url}/`)
    for (path of Object.values(pages).flat()) {
      await open(page, path, role !== 'nobody')
      const seen = await page.evaluate<Seen>(LOOK)
      for (const fault of [...faultsIn(seen, language), ...(await actionsOn(page, `${role} ${language}`))]) report(fault)
      const isFailing = role !== 'nobody' && (path === unreachable() || isForbidden(path))
      if (seen.problems > 0 !== isFailing) report(`${seen.problems} failures: ${seen.texts.join(' ')}`)
    }
    await answers()
    await context.close()
    return [...faults, ...complaints]
  }
})
