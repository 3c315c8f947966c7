import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { scaledMs } from './time-limits.ts'

/** Debian's; without looking for anything outside of this machine. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Delays each request of the pages by up to this time, to find what relies on quick answers. */
const LATE_MS = Number(process.env['HOLDFAST_LATE_ANSWERS'] ?? 0)

/** Of all tabs of a browser. */
const complaintsOf = new WeakMap<Browser, string[]>()

/** Starting one is costly: one for a file of tests. Close it at their end; closing it rejects if a page in it had complaints. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, timeout: scaledMs(180_000) })
  const complaints: string[] = []
  complaintsOf.set(browser, complaints)
  const close = browser.close.bind(browser)
  browser.close = async (options) => {
    await close(options)
    assert.deepEqual(complaints, [], 'errors of pages, or what their policy refused')
  }
  return browser
}

export interface Tab {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of all pages of the context, and what their policy refused; must stay empty. */
  readonly complaints: string[]
}

interface TabOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  readonly language?: 'en' | 'ru'
}

/** A browser of its own as far as cookies go, with one tab. Limits are those of this machine. */
export async function openTab(browser: Browser, { width = 1280, height = 900, theme = 'light', language = 'en' }: TabOptions = {}): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === 'ru' ? 'ru-RU' : 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(scaledMs(60_000))
  if (LATE_MS > 0) {
    await context.route(/\/api\/v1\//u, async (route) => {
      await sleep(Math.random() * LATE_MS)
      // The page may have cancelled the request meanwhile, or be closed.
      await route.continue().catch(() => undefined)
    })
  }
  const complaints: string[] = []
  const complain = (text: string) => {
    complaints.push(text)
    complaintsOf.get(browser)?.push(text)
  }
  context.on('page', (page) => {
    page.on('pageerror', (error) => complain(`${page.url()}: ${error.stack}`))
    page.on('console', (message) => {
      // A refused request is in the page's own words already.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complain(`${page.url()}: ${message.text()}`)
    })
  })
  const page = await context.newPage()
  return { context, page, complaints }
}

/** What axe finds, one line each. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((it) => `${page.url()}: ${id}: ${it.html.slice(0, 200)}`))
}
