import type { Browser } from 'playwright-core'
import { openTab } from '../test/support/browser.ts'
import { openWebClient, PASSWORD, type WebAnswer, type WebClient, type WebPlace } from '../test/support/web-place.ts'

/** A request that must succeed. */
export async function must(client: WebClient, [method, path]: readonly [string, string], body?: unknown): Promise<WebAnswer> {
  const answer = await client.request(method, path, body)
  if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: status ${answer.status}: ${answer.text.slice(0, 500)}`)
  return answer
}

/** What Chromium requests to show the first page, in order: files and operations, without its stream of events. */
export async function firstRequests(browser: Browser, url: string, client: WebClient): Promise<readonly string[]> {
  const { page, context, complaints } = await openTab(browser)
  try {
    await context.addCookies([sessionCookie(client, url)])
    const paths: string[] = []
    page.on('request', (it) => {
      const { pathname, search } = new URL(it.url())
      if (it.method() === 'GET' && !pathname.endsWith('/api/v1/events')) paths.push(pathname + search)
    })
    await page.goto(`${url}/`)
    await page.getByRole('table', { name: 'Hosts' }).waitFor()
    // The stream stays open: there is no end of loading to wait for.
    await page.waitForTimeout(3000)
    if (complaints.length > 0 || !paths.some((it) => it.includes('/api/v1/hosts'))) throw new Error(`the first page is incomplete: ${complaints}`)
    return paths
  } finally {
    await context.close()
  }
}

export function sessionCookie({ headers }: WebClient, url: string): { readonly name: string; readonly value: string; readonly url: string } {
  return { name: 'holdfast-session', value: /=(?<value>.*)/u.exec(headers['cookie'] ?? '')?.groups?.['value'] ?? '', url }
}

export interface OpenPages {
  /** Throws if the stream of a page has ended. */
  check(): void
}

/** Opens the first page that many times: each with a session, all its requests, and a stream of events, which is read. The proxy of the place is trusted. */
export async function openPages({ url }: WebPlace, paths: readonly string[], count: number): Promise<OpenPages> {
  const ended: unknown[] = []
  for (let page = 0; page < count; page += 1) {
    const client = openWebClient(url)
    // Each browser has an address: logins are limited by address.
    client.headers['x-forwarded-for'] = `192.0.2.${page}`
    await must(client, ['POST', '/api/v1/session'], { name: 'ada', password: PASSWORD })
    for (const path of paths) {
      const response = await fetch(url + path, { headers: client.headers })
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`${path}: status ${response.status}`)
    }
    const stream = await fetch(`${url}/api/v1/events`, { headers: client.headers })
    if (!stream.ok || stream.body === null) throw new Error(`a stream of events: status ${stream.status}`)
    void readToEnd(stream.body).then(
      () => ended.push('end of the stream'),
      (error) => ended.push(error),
    )
  }
  return {
    check() {
      if (ended.length > 0) throw new Error(`${ended.length} of ${count} streams have ended: ${ended[0]}`)
    },
  }
}

async function readToEnd(body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of body);
}
