// npm run bench:web [-- FOLDER]: the figures of docs/proofs/web.md. The server is that of a build, in FOLDER if it exists, otherwise it is made. Needs chromium, and 0.5 GB below TMPDIR.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTab, startBrowser } from '../test/support/browser.ts'
import { freePort } from '../test/support/free-port.ts'
import { until } from '../test/support/patience.ts'
import { firstAdmin, nativeConfig, openWebClient, openWebPlace, type WebClient, type WebPlace } from '../test/support/web-place.ts'
import { buildFolder } from '../tools/build.ts'

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url))
const HOSTS = 500
const DEMO_HOSTS = 5000
const PAGES = 100
const LINES = 2_000_000
const POLLING_MS = 70_000

interface Figure {
  readonly what: string
  readonly limit: string
  readonly measured: string
}

const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-web-'))
const program = join(process.argv[2] ?? join(folder, 'built'), 'holdfast')
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** In MiB: the present and the largest resident size. */
function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const size = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'mu').exec(status)?.[1] ?? 0) / 1024
  return { now: size('VmRSS'), peak: size('VmHWM') }
}

/** What a page loads first, and its stream, which is read to its end. */
async function openPage(url: string, { headers }: WebClient): Promise<void> {
  const index = await (await fetch(`${url}/`, { headers })).text()
  const assets = [...index.matchAll(/(?:src|href)="(?<path>[^"]*assets\/[^"]+)"/gu)].map(({ groups }) => groups?.['path'] ?? '')
  for (const path of [
    ...assets.map((it) => new URL(it, `${url}/`).pathname),
    '/api/v1/session',
    '/api/v1/hosts',
    '/api/v1/tasks',
    '/api/v1/runs?limit=20',
  ])
    await (await fetch(`${url}${path}`, { headers })).arrayBuffer()
  const stream = await fetch(`${url}/api/v1/events`, { headers })
  void (async () => {
    for await (const _ of stream.body ?? []);
  })().catch(() => undefined)
}

async function demo(): Promise<readonly Figure[]> {
  const port = await freePort()
  const child = spawn(program, ['web', 'demo', '--hosts', String(DEMO_HOSTS), '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  try {
    await until(() => said.includes('removed when'))
    const url = `http://127.0.0.1:${port}`
    const password = /password "(?<password>[^"]+)"/u.exec(said)?.groups?.['password']
    const client = openWebClient(url)
    await client.ask('POST', '/api/v1/session', { name: 'demo', password })
    const times: number[] = []
    for (let round = 0; round < 200; round += 1) times.push(await timed(() => client.ask('GET', '/api/v1/hosts?limit=100&sort=state')))
    const browser = await startBrowser()
    try {
      const { page, context } = await openTab(browser)
      const value = /=(?<value>.*)/u.exec(client.headers['cookie'] ?? '')?.groups?.['value'] ?? ''
      await context.addCookies([{ name: 'holdfast-session', value, url }])
      const drawn: number[] = []
      for (let round = 0; round < 6; round += 1) {
        await page.goto(`${url}/`)
        await page.getByRole('row').nth(5).waitFor()
        drawn.push(await page.evaluate('performance.now()'))
      }
      return [
        { what: `Answer of /api/v1/hosts with ${DEMO_HOSTS} hosts, 100 rows, median`, limit: '', measured: ms(quantile(times, 0.5)) },
        {
          what: `First page with ${DEMO_HOSTS} hosts in Chromium, from the request to the rows, median of 5`,
          limit: '1 s',
          measured: ms(quantile(drawn.slice(1), 0.5)),
        },
        { what: 'Memory of that server after it, largest', limit: '', measured: `${memoryOf(child.pid ?? 0).peak.toFixed(0)} MiB` },
      ]
    } finally {
      await browser.close()
    }
  } finally {
    child.kill()
    await once(child, 'exit')
  }
}

async function pages(): Promise<readonly Figure[]> {
  const place = await openWebPlace({ program })
  try {
    const client = await firstAdmin(place.url, await place.start())
    const started = memoryOf(place.pid()).now
    for (let page = 0; page < PAGES; page += 1) await openPage(place.url, client)
    await new Promise((resolve) => setTimeout(resolve, 15_000))
    const { now, peak } = memoryOf(place.pid())
    const measured = `${now.toFixed(0)} MiB (${started.toFixed(0)}; ${peak.toFixed(0)})`
    return [{ what: `Memory of the server with ${PAGES} open pages (after the first login; largest)`, limit: '120 MB', measured }]
  } finally {
    await place.close()
  }
}

async function polled(): Promise<readonly Figure[]> {
  const others = spawn(process.execPath, [join(CHECKOUT, 'bench/many-hosts.ts'), String(HOSTS)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(others.stdout, 'data')) as [Buffer]
  const place = await openWebPlace({ program, render: (at, own) => `${nativeConfig(at, own)}logs: { folder: ${at}/logs }\n` })
  try {
    const urls = Array.from({ length: HOSTS }, (_, index) => `http://127.0.0.1:${String(port).trim()}/h${index}`)
    const state = join(place.folder, 'state')
    writeFileSync(join(state, 'servers.yaml'), `servers:\n${urls.map((it) => `- ${it}\n`).join('')}`)
    mkdirSync(join(state, 'web'), { mode: 0o700 })
    const tokens = Object.fromEntries(urls.filter((_, index) => index % 2 === 0).map((it) => [it, 'x'.repeat(43)]))
    writeFileSync(join(state, 'web/peer-tokens.json'), JSON.stringify(tokens), { mode: 0o600 })
    const client = await firstAdmin(place.url, await place.start())
    const started = memoryOf(place.pid()).now
    await until(async () => (await client.ask('GET', '/api/v1/hosts?state=unknown&limit=1000')).json.total <= HOSTS / 10)
    await client.ask('POST', '/api/v1/runs', { task: 'slow' })
    for (let page = 0; page < PAGES; page += 1) await openPage(place.url, client)
    const times: number[] = []
    for (const end = performance.now() + POLLING_MS; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 20)))
      times.push(await timed(() => client.ask('GET', '/api/v1/hosts?limit=100')))
    const { now, peak } = memoryOf(place.pid())
    return [
      {
        what: `/api/v1/hosts of ${HOSTS} polled hosts, with ${PAGES} open pages and a run, p99 of ${times.length}`,
        limit: '100 ms',
        measured: ms(quantile(times, 0.99)),
      },
      { what: 'The same, median', limit: '', measured: ms(quantile(times, 0.5)) },
      {
        what: `Memory of the server with ${PAGES} open pages and ${HOSTS} polled hosts, after ${POLLING_MS / 1000} s (after the start; largest)`,
        limit: '',
        measured: `${now.toFixed(0)} MiB (${started.toFixed(0)}; ${peak.toFixed(0)})`,
      },
      ...(await logs(place, client)),
    ]
  } finally {
    await place.close()
    others.kill()
  }
}

async function logs(place: WebPlace, client: WebClient): Promise<readonly Figure[]> {
  const at = join(place.folder, 'logs/2026')
  mkdirSync(at, { recursive: true })
  const name = 'large.log'
  const fd = openSync(join(at, name), 'w')
  for (let line = 0; line < LINES; line += 10_000) {
    const text = Array.from({ length: 10_000 }, (_, index) => `2026-03-01 02:40:00.18  host INFO line ${line + index} ${'x'.repeat(150)}\n`)
    writeSync(fd, text.join(''))
  }
  closeSync(fd)
  const before = memoryOf(place.pid()).now
  const ask = (from: number) => timed(() => client.ask('GET', `/api/v1/log-file?folder=2026&name=${name}&from=${from}&count=200`))
  const [first, end] = [await ask(0), await ask(-200)]
  const ranges: number[] = []
  for (let round = 0; round < 100; round += 1) ranges.push(await ask((round * 7919 * 211) % LINES))
  return [
    { what: `A log of ${LINES} lines: the first lines`, limit: '300 ms', measured: ms(first) },
    { what: 'The same: its end, before any other part was read', limit: '300 ms', measured: ms(end) },
    { what: 'The same: any other 200 lines, p99 of 100', limit: '300 ms', measured: ms(quantile(ranges, 0.99)) },
    { what: 'The same: growth of the server', limit: '20 MB', measured: `${(memoryOf(place.pid()).now - before).toFixed(0)} MiB` },
  ]
}

try {
  if (!existsSync(program)) await buildFolder(CHECKOUT, join(folder, 'built'))
  const figures: Figure[] = []
  for (const part of [pages, polled, demo]) {
    console.error(`… ${part.name}`)
    figures.push(...(await part()))
  }
  console.log(
    ['| what | budget | measured |', '| --- | --: | --: |', ...figures.map((it) => `| ${it.what} | ${it.limit} | ${it.measured} |`)].join('\n'),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
