import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { until } from './time-limits.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))

/** A host of its own, in a folder: a configuration, a state folder, and the real server on a free port. */
export interface WebPlace {
  readonly folder: string
  readonly config: string
  readonly env: NodeJS.ProcessEnv
  readonly url: string
  /** Of the server, while it runs. */
  pid(): number
  /** Starts the server, or starts it again. Gives the code of the link for the first account, if there is none yet. */
  start(words?: readonly string[]): Promise<string | undefined>
  /** Ends it as it is asked to, or with SIGKILL. */
  end(signal?: NodeJS.Signals): Promise<void>
  close(): Promise<void>
}

export interface WebPlaceOptions {
  /** The configuration, given its folder and port. */
  readonly render?: (folder: string, port: number) => string
  readonly name?: string
  /** The launcher of the program. Default: that of the checkout. */
  readonly program?: string
}

export async function openWebPlace({ render = nativeConfig, name = 'holdfast.yaml', program = HOLDFAST }: WebPlaceOptions = {}): Promise<WebPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'web-'))
  for (const part of ['state', 'root', 'data']) mkdirSync(join(folder, part), { mode: 0o700 })
  writeFileSync(join(folder, 'data', 'a.txt'), 'content\n')
  const port = await freePort()
  const config = join(folder, name)
  writeFileSync(config, render(folder, port), { mode: 0o600 })
  const env = { ...process.env, HOLDFAST_STATE: join(folder, 'state') }
  let server: ChildProcess | undefined
  let starts = 0
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const running = server
    server = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    running.kill(signal)
    await once(running, 'exit')
  }
  return {
    ...{ folder, config, env, url: `http://127.0.0.1:${port}` },
    pid: () => server?.pid ?? 0,
    async start(words = []) {
      const child = spawn(program, ['-f', config, 'web', 'start', '--foreground', ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      server = child
      const isFirst = starts === 0
      starts += 1
      let said = ''
      // All that it says is read, or it would stand still one day.
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      await until(() => child.exitCode !== null || (isFirst && !words.includes('--api') ? /setup#[\w-]+\n/u : /listening on .*\n/u).test(said))
      if (child.exitCode === null) return /setup#(?<code>[\w-]+)/u.exec(said)?.groups?.['code']
      throw new Error(`the server ended: ${child.exitCode}`)
    },
    end,
    async close() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function nativeConfig(folder: string, port: number): string {
  return `# The nights of this host.
version: 1
defaults: { compress: none }
storages:
  local: { type: localfs, root: ${folder}/root }
web: { port: ${port} }
tasks:
  nightly: # every night
    schedule: "30 2 * * *"
    steps:
      - backup: { to: local, keep: { last: 3 }, objects: { a.txt: { exec: [cat, ${folder}/data/a.txt] } } }
  slow:
    steps:
      - exec: [sleep, "600"]
  secret:
    steps:
      - exec: { argv: [cat, ${folder}/data/a.txt], environment: { DB_PASSWORD: canary-4711 } }
`
}

/** Somebody with a browser: keeps the cookie and sends what protects it. */
export interface WebClient {
  readonly headers: Record<string, string>
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<WebAnswer>
}

export interface WebAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any
}

export function openWebClient(url: string): WebClient {
  const kept: Record<string, string> = {}
  return {
    headers: kept,
    async request(method, path, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        ...{ method, redirect: 'manual' },
        headers: { ...kept, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const cookie = /^holdfast-session=(?<secret>[\w-]*)/u.exec(response.headers.get('set-cookie') ?? '')?.groups?.['secret']
      if (cookie !== undefined) kept['cookie'] = `holdfast-session=${cookie}`
      const json = /json/u.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined
      if (typeof json?.csrf === 'string') kept['x-csrf-token'] = json.csrf
      return { status: response.status, headers: response.headers, text, json }
    },
  }
}

export const PASSWORD = 'correct horse'

/** Makes the first account, an administrator. */
export async function firstAdmin(url: string, code: string | undefined): Promise<WebClient> {
  const client = openWebClient(url)
  const { status, text } = await client.request('POST', '/api/v1/setup', { code: code ?? '', name: 'ada', password: PASSWORD })
  if (status !== 201) throw new Error(`set-up failed: ${text}`)
  return client
}

/** A user of that role, logged in. */
export async function userOf(admin: WebClient, url: string, role: 'viewer' | 'operator'): Promise<WebClient> {
  const name = `some ${role}`
  await admin.request('POST', '/api/v1/users', { name, role, password: PASSWORD })
  const client = openWebClient(url)
  await client.request('POST', '/api/v1/session', { name, password: PASSWORD })
  return client
}
