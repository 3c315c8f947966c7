import type { Page } from 'playwright-core'
import type { Tab } from './browser.ts'
import type { WebPlace } from './web-server.ts'

export const WEB_PASSWORD = 'correct horse battery'

/** Makes the first account of a new server in the browser: "olga", an administrator, who is then logged in. */
export async function logIn({ setupUrl }: Pick<WebPlace, 'setupUrl'>, { page }: Tab): Promise<void> {
  await page.goto(setupUrl)
  await submitLogin(page)
  await page.getByRole('table').waitFor()
}

/** Logs "olga", who has an account, in at this address, and waits for the list of hosts. */
export async function enter(url: string, { page }: Pick<Tab, 'page'>): Promise<Page> {
  await page.goto(url)
  await submitLogin(page)
  await page.getByRole('table').first().waitFor()
  return page
}

/** Fills in the form that the page shows, in any language, and submits it. */
export async function submitLogin(page: Page, { name = 'olga', password = WEB_PASSWORD } = {}): Promise<void> {
  await page.locator('input[autocomplete=username]').fill(name)
  await page.locator('input[type=password]').fill(password)
  await page.locator('form button.primary').click()
}
