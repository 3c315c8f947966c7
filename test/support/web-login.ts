import type { Tab } from './browser.ts'
import type { WebPlace } from './web-server.ts'

export const WEB_PASSWORD = 'correct horse battery'

/** Makes the first account of a new server in the browser: "olga", an administrator, who is then logged in. */
export async function logIn({ setupUrl }: Pick<WebPlace, 'setupUrl'>, { page }: Tab): Promise<void> {
  await page.goto(setupUrl)
  await page.locator('input[autocomplete=username]').fill('olga')
  await page.locator('input[type=password]').fill(WEB_PASSWORD)
  await page.locator('form button.primary').click()
  await page.getByRole('table').waitFor()
}
