// npm run bench:web [-- FOLDER]: the figures of docs/proofs/web.md. The server is that of a build, in FOLDER if it exists, otherwise it is made. Needs chromium, and 1 GB below TMPDIR.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { openTab, startBrowser } from '../test/support/browser.ts'
import { freePort } from '../test/support/free-port.ts'
import { until } from '../test/support/time-limits.ts'
import { firstAdmin, nativeConfig, openWebClient, openWebPlace, type WebPlace } from '../test/support/web-place.ts'
import { buildFolder } from '../tools/build.ts'
import { readLongRun, timed, writeLongRun } from './web-log.ts'
import { firstRequests, must, openPages, sessionCookie } from './web-pages.ts'

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url))
const HOSTS = 500
const DEMO_HOSTS = 5000
const PAGES = 100
const LINES = 2_000_000
const SETTLING_MS = 15_000
const POLLING_MS = 70_000

interface Figure {
  readonly what: string
  readonly budget?: string
  readonly measured: string
}

const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-web-'))
const program = join(process.argv[2] ?? join(folder, 'built'), 'holdfast')
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
const megabytes = (value: number) => `${value.toFixed(0)} MB`
const number = (value: number) => value.toLocaleString('en-US')

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** In MB: the present and the largest resident size. */
function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const size = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'mu').exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6
  return { now: size('VmRSS'), peak: size('VmHWM') }
}

const sleep = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))

/** The addresses of its pages are those that a proxy adds, and its task "slow" does not end by itself while figures are measured. */
function openServer(): Promise<WebPlace> {
  const render = (at: string, port: number) =>
    nativeConfig(at, port).replace('web: {', 'web: { trusted-proxies: [127.0.0.1],').replace('[sleep, "30"]', '[sleep, "3600"]')
  return openWebPlace({ program, render })
}

async function pages(browser: Browser): Promise<readonly Figure[]> {
  const place = await openServer()
  try {
    const client = await firstAdmin(place.url, await place.start())
    const started = memoryOf(place.pid()).now
    const open = await openPages(place, await firstRequests(browser, place.url, client), PAGES)
    await sleep(SETTLING_MS)
    open.check()
    const { now, peak } = memoryOf(place.pid())
    return [
      { what: `Memory of the server after the first login, no page open`, measured: megabytes(started) },
      {
        what: `Memory of the server with ${PAGES} open pages, ${SETTLING_MS / 1000} s after the last one`,
        budget: '120 MB',
        measured: megabytes(now),
      },
      { what: 'The same: largest value since its start', measured: megabytes(peak) },
    ]
  } finally {
    await place.close()
  }
}

async function polled(browser: Browser): Promise<readonly Figure[]> {
  const others = spawn(process.execPath, [join(CHECKOUT, 'bench/many-hosts.ts'), String(HOSTS)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(others.stdout, 'data')) as [Buffer]
  const place = await openServer()
  try {
    const urls = Array.from({ length: HOSTS }, (_, index) => `http://127.0.0.1:${String(port).trim()}/h${index}`)
    const state = join(place.folder, 'state')
    writeFileSync(join(state, 'servers.yaml'), `servers:\n${urls.map((it) => `- ${it}\n`).join('')}`)
    mkdirSync(join(state, 'web'), { mode: 0o700 })
    const tokens = Object.fromEntries(urls.filter((_, index) => index % 2 === 0).map((it) => [it, 'x'.repeat(43)]))
    writeFileSync(join(state, 'web/peer-tokens.json'), JSON.stringify(tokens), { mode: 0o600 })
    const client = await firstAdmin(place.url, await place.start())
    await until(async () => (await must(client, ['GET', '/api/v1/hosts?state=unknown&limit=1000'])).json.total === 0)
    const paths = await firstRequests(browser, place.url, client)
    const { run } = (await must(client, ['POST', '/api/v1/runs'], { task: 'slow' })).json
    const open = await openPages(place, paths, PAGES)
    const asked = paths.find((it) => it.includes('/api/v1/hosts')) ?? ''
    const times: number[] = []
    for (const end = performance.now() + POLLING_MS; performance.now() < end; await sleep(20))
      times.push(await timed(() => must(client, ['GET', asked])))
    open.check()
    const { state: stateOfRun } = (await must(client, ['GET', `/api/v1/runs/${run}`])).json
    if (stateOfRun !== 'running') throw new Error(`the run was not in progress: ${stateOfRun}`)
    const { now, peak } = memoryOf(place.pid())
    await must(client, ['POST', `/api/v1/runs/${run}/stop`])
    await until(async () => (await must(client, ['GET', `/api/v1/runs/${run}`])).json.state !== 'running')
    return [
      {
        what: `\`${asked}\` with ${HOSTS} polled hosts, ${PAGES} open pages and a run, median of ${times.length}`,
        measured: ms(quantile(times, 0.5)),
      },
      { what: 'The same, p99', budget: '100 ms', measured: ms(quantile(times, 0.99)) },
      { what: `Memory of that server, ${POLLING_MS / 1000} s after the last page was opened`, measured: megabytes(now) },
      { what: 'The same: largest value since its start', measured: megabytes(peak) },
    ]
  } finally {
    await place.close()
    others.kill()
  }
}

async function log(): Promise<readonly Figure[]> {
  const place = await openServer()
  try {
    writeLongRun(place, LINES)
    const client = await firstAdmin(place.url, await place.start())
    const before = memoryOf(place.pid()).now
    const times = await readLongRun(client, LINES)
    return [
      { what: `A log of ${number(LINES)} lines: the first 400`, budget: '300 ms', measured: ms(times.firstMs) },
      { what: 'The same: until all lines are counted', measured: ms(times.countedMs) },
      { what: 'The same: its end', budget: '300 ms', measured: ms(times.lastMs) },
      { what: 'The same: any other 400 lines, p99 of 100', budget: '300 ms', measured: ms(quantile(times.partsMs, 0.99)) },
      { what: 'The same: a search that finds one line', measured: ms(times.fewFoundMs) },
      { what: 'The same: a search that finds every line', measured: ms(times.allFoundMs) },
      { what: 'The same: growth of the server', budget: '20 MB', measured: megabytes(memoryOf(place.pid()).now - before) },
    ]
  } finally {
    await place.close()
  }
}

async function demo(browser: Browser): Promise<readonly Figure[]> {
  const port = await freePort()
  const child = spawn(program, ['web', 'demo', '--hosts', String(DEMO_HOSTS), '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  try {
    await until(() => child.exitCode !== null || said.includes('removed when'))
    const url = `http://127.0.0.1:${port}`
    const password = /password "(?<password>[^"]+)"/u.exec(said)?.groups?.['password']
    const client = openWebClient(url)
    await must(client, ['POST', '/api/v1/session'], { name: 'demo', password })
    const asked = (await firstRequests(browser, url, client)).find((it) => it.includes('/api/v1/hosts')) ?? ''
    const times: number[] = []
    for (let round = 0; round < 200; round += 1) times.push(await timed(() => must(client, ['GET', asked])))
    const { page, context } = await openTab(browser)
    await context.addCookies([sessionCookie(client, url)])
    const drawn: number[] = []
    for (let round = 0; round < 6; round += 1) {
      await page.goto(`${url}/`)
      await page.getByRole('row').nth(5).waitFor()
      drawn.push(await page.evaluate('performance.now()'))
    }
    await context.close()
    const what = `First page with ${number(DEMO_HOSTS)} hosts in Chromium, from the request to the rows, median of 5`
    return [
      { what: `\`${asked}\` with ${number(DEMO_HOSTS)} hosts, median of 200`, measured: ms(quantile(times, 0.5)) },
      { what, budget: '1000 ms', measured: ms(quantile(drawn.slice(1), 0.5)) },
      { what: 'Memory of that server: largest value since its start', measured: megabytes(memoryOf(child.pid ?? 0).peak) },
    ]
  } finally {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

try {
  if (!existsSync(program)) await buildFolder(CHECKOUT, join(folder, 'built'))
  const browser = await startBrowser()
  try {
    const figures: Figure[] = []
    for (const part of [pages, polled, log, demo]) {
      console.error(`… ${part.name}`)
      figures.push(...(await part(browser)))
    }
    const rows = figures.map(({ what, budget = 'none', measured }) => `| ${what} | ${budget} | ${measured} |`)
    console.log(['| what | budget | measured |', '| --- | --: | --: |', ...rows].join('\n'))
  } finally {
    await browser.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
