import type { Browser } from 'playwright-core'
import { startBrowser } from './browser.ts'
import { startWeb, TASKS, type WebPlace } from './web-server.ts'

/** A browser and a server of the pages, for all tests of a group. */
export interface OpenedPages {
  readonly browser: Browser
  readonly web: WebPlace
  /** Stops both, and removes what they used. */
  close(): Promise<void>
}

export async function openPages(tasks = TASKS): Promise<OpenedPages> {
  const cleaners: (() => void)[] = []
  const browser = await startBrowser()
  const clean = async () => {
    await browser.close()
    for (const it of cleaners) it()
  }
  try {
    const web = await startWeb({ after: (it) => cleaners.push(it as () => void) }, tasks)
    const close = async () => {
      await web.holdfast(['web', 'stop'])
      await clean()
    }
    return { browser, web, close }
  } catch (error) {
    await clean()
    throw error
  }
}
