import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { patience } from './patience.ts'

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

/** Starting one is costly: one for a file of tests. Close it at their end. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, timeout: patience(180_000) })
}

export interface Tab {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of the page, and what its policy refused; must stay empty. */
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
  context.setDefaultTimeout(patience(60_000))
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error.stack)))
  page.on('console', (message) => {
    // A refused request is in the page's own words already.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  return { context, page, complaints }
}

/** What axe finds, one line each. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((it) => `${page.url()}: ${id}: ${it.html.slice(0, 200)}`))
}
