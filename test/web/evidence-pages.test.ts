import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { axeFindings, openTab, type Tab } from '../support/browser.ts'
import { unlessCi } from '../support/lacks.ts'
import { type OpenedPages, openPages } from '../support/open-pages.ts'
import { requires } from '../support/requires.ts'
import { logIn } from '../support/web-login.ts'
import { openWebClient, userOf, type WebClient } from '../support/web-place.ts'
import type { WebPlace } from '../support/web-server.ts'

const TASKS = `
tasks:
  nightly:
    steps: [ { backup: { keep: { last: 3 }, objects: { tree: { files: { paths: [@TOP@/data/tree] } }, notes: { pipeline: [ [echo, notes] ] } } } } ]
  prove:
    steps: [ { drill: { from: local, name: nightly, level: full } } ]
`

const noNamespaces = unlessCi(spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status !== 0 && 'needs namespaces')

describe('what is proven, on the pages', { skip: requires('chromium', 'root') || noNamespaces }, () => {
  let browser: Browser
  let web: WebPlace
  let tab: Tab
  let admin: WebClient
  let viewer: WebClient
  let sets: readonly string[]
  let close: OpenedPages['close'] | undefined
  before(async () => {
    ;({ browser, web, close } = await openPages(TASKS))
    const tree = join(web.place.top, 'data/tree')
    mkdirSync(tree)
    for (let index = 0; index < 20; index += 1) writeFileSync(join(tree, `${index}`), 'x')
    for (const task of ['nightly', 'prove']) await web.holdfast(['-q', 'run', task])
    rmSync(tree, { recursive: true })
    mkdirSync(tree)
    await web.holdfast(['-q', 'run', 'nightly'])
    sets = readdirSync(join(web.place.top, 'store/nightly'))
      .filter((name) => /^\d/u.test(name))
      .toSorted()
    tab = await openTab(browser)
    await logIn(web, tab)
    admin = openWebClient(web.url.slice(0, -1))
    const cookie = (await tab.context.cookies()).find(({ name }) => name === 'holdfast-session')
    admin.headers['cookie'] = `holdfast-session=${cookie?.value}`
    await admin.request('GET', '/api/v1/session')
    viewer = await userOf(admin, web.url.slice(0, -1), 'viewer')
  })
  after(async () => {
    await close?.()
  })

  const open = async (page: Page, path: string) => {
    await page.goto(new URL(path, web.url).href)
    await page.locator('h1').first().waitFor()
    await page.locator('.skeleton').waitFor({ state: 'detached' })
  }

  it('a run shows its drills with their checks and a link to the set, which shows them, too', async () => {
    const { page } = tab
    const { rows } = (await viewer.request('GET', '/api/v1/runs?task=prove')).json
    await open(page, `runs/${rows[0].id}`)
    const drill = page.locator('section.drill')
    await drill.getByText('tree.tar.zst').waitFor()
    // The format of what "echo" writes is unknown: it cannot be restored into anything.
    const ends = drill.locator('.drilled > p')
    assert.deepEqual(
      (await ends.allTextContents()).map((it) => it.replace(/ · .*/su, '')),
      ['proventree.tar.zstinto a temporary folder', 'readnotes.zstnot restored'],
    )
    const [{ objects }] = (await viewer.request('GET', `/api/v1/runs/${rows[0].id}`)).json.drills
    assert.deepEqual(
      objects.map(({ end, into }: Record<string, unknown>) => [end, into]),
      [
        ['proven', 'a temporary folder'],
        ['read', null],
      ],
    )
    const text = (await drill.textContent()) ?? ''
    for (const wanted of ['proven', 'SHA-256 of the stored bytes', 'paths, sizes, modes and times of files', 'owners', 'level full'])
      assert.ok(text.includes(wanted), `${wanted}: ${text}`)
    assert.deepEqual(await axeFindings(page), [])
    await drill.getByRole('link', { name: sets[0] ?? '' }).click()
    await page.getByRole('heading', { level: 1, name: 'nightly ·' }).waitFor()
    await page.getByRole('link', { name: 'by the task "prove"' }).waitFor()
    assert.deepEqual(await axeFindings(page), [])
  })

  it('the evidence of a host states the last proven set, exceptions with reasons, and what is not scheduled', async () => {
    const { page } = tab
    await open(page, 'hosts/local?tab=evidence')
    const steps = page.getByRole('table', { name: 'Task: step, storage' })
    await steps.getByRole('link', { name: sets[0] ?? '' }).waitFor()
    assert.match((await steps.textContent()) ?? '', /1 proven/u)
    const exceptions = page.getByRole('table', { name: 'Exceptions' })
    assert.match((await exceptions.textContent()) ?? '', /published: suspicious.*is empty/u)
    await page.getByText('not scheduled: the sets of nightly: nightly').waitFor()
    await page.getByText('present, signed, and linked to each other').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByLabel('From', { exact: true }).fill('2020-01-01')
    await page.getByLabel('To', { exact: true }).fill('2020-01-31')
    await page.getByText('There are no records of this period.').waitFor()
    await page.reload()
    await page.getByText('There are no records of this period.').waitFor()
    assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '2020-01-01')
  })

  it('operators export the archive, which is checked without Holdfast; viewers cannot', async () => {
    const { page } = tab
    await open(page, 'hosts/local?tab=evidence')
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export the archive' }).click()])
    assert.match(file.suggestedFilename(), /^holdfast-evidence-.*\.tar$/u)
    const folder = join(web.place.top, 'evidence')
    mkdirSync(folder)
    await file.saveAs(join(folder, 'evidence.tar'))
    execFileSync('tar', ['-xf', 'evidence.tar'], { cwd: folder })
    rmSync(join(folder, 'evidence.tar'))
    const key = (await web.holdfast(['evidence', 'key'])).stdout.split('\n')[0] ?? ''
    assert.match(execFileSync('sh', ['check.sh', key], { cwd: folder, encoding: 'utf8' }), /^good: 3 records/u)
    assert.equal((await viewer.request('GET', '/api/v1/evidence')).status, 200)
    assert.equal((await viewer.request('GET', '/api/v1/evidence/archive.tar')).status, 403)
    assert.equal((await admin.request('GET', '/api/v1/evidence?from=2026-02-01&to=2026-01-01')).status, 422)
    const lines = (await admin.request('GET', '/api/v1/audit?limit=100')).json.rows.filter(
      (it: Record<string, string>) => it['action'] === 'evidence-exported',
    )
    assert.deepEqual(lines.map(({ who, outcome }: Record<string, string>) => [who, outcome]).toSorted(), [
      ['olga', 'begun'],
      ['some viewer', 'refused'],
    ])
  })

  it('an operator examines the installation: what "doctor" finds, with what to do and its age', async () => {
    const { page } = tab
    await open(page, 'hosts/local?tab=doctor')
    await page.getByText('has not been examined on these pages yet').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Examine now' }).focus()
    await page.keyboard.press('Enter')
    const found = page.getByRole('table').first()
    await found.getByText('all sets are stored on the file system of the host itself').waitFor()
    await found.getByText('Add a storage on another disk or host').waitFor()
    await page.getByText('started by olga').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    const { findings, state } = (await viewer.request('GET', '/api/v1/doctor')).json
    assert.equal(state, 'done')
    const printed = (await web.holdfast(['doctor', '--json'])).stdout.split('\n').filter(Boolean)
    const areasOf = (all: readonly Record<string, string>[]) => all.map(({ area, state: of }) => `${area} ${of}`)
    assert.deepEqual(areasOf(findings), areasOf(printed.map((line) => JSON.parse(line))))
    assert.equal((await viewer.request('POST', '/api/v1/doctor', {})).status, 403)
  })

  it('fits 320 pixels in both languages and themes; a viewer has no buttons that refuse', async () => {
    const { rows } = (await viewer.request('GET', '/api/v1/runs?task=prove')).json
    const session = viewer.headers['cookie']?.split('=')[1] ?? ''
    for (const [language, theme] of [
      ['en', 'dark'],
      ['ru', 'light'],
    ] as const) {
      const narrow = await openTab(browser, { width: 320, height: 640, language, theme })
      await narrow.context.addCookies([{ name: 'holdfast-session', value: session, url: web.url }])
      const wide: string[] = []
      for (const path of ['hosts/local?tab=evidence', 'hosts/local?tab=doctor', `runs/${rows[0].id}`, `set?task=nightly&set=${sets[0]}&tab=proof`]) {
        await open(narrow.page, path)
        const width = await narrow.page.evaluate<number>('document.scrollingElement.scrollWidth')
        if (width > 320) wide.push(`${path}: ${width}`)
        assert.deepEqual(await axeFindings(narrow.page), [])
        assert.equal(await narrow.page.locator('main .button.primary:not([href*=restore]), main a[href*="archive.tar"]').count(), 0, path)
      }
      assert.deepEqual(wide, [], language)
      await narrow.context.close()
    }
  })

  it('the command reports the same of an object that was only read', async () => {
    const { stdout, stderr } = await web.holdfast(['drill', 'nightly', sets[0] ?? ''])
    assert.match(stderr, /^ {4}proven: "tree\.tar\.zst" restored into a temporary folder/mu)
    assert.match(stderr, /^ {4}read: "notes\.zst" not restored \(6 B; not checked: .*restoring it: unknown kind\)$/mu)
    assert.match(stdout, /proven \(2 objects, 1 restored, level full\)/u)
  })
})
