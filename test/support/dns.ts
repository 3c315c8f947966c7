import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SEARCHED_PATH } from './lacks.ts'

/** How a zone is signed and what its parent says of it. */
export interface ZonePlan {
  /** Hours from now, those of the signature over the keys perhaps others; absent: not signed. */
  readonly signed?: { readonly fromHours: number; readonly toHours: number; readonly keysToHours?: number }
  /** `right`: the parent has the DS of its key. `wrong`: that of a key that it does not have. `none`: it has none. */
  readonly parent: 'right' | 'wrong' | 'none'
  /** Nobody serves it. */
  readonly isGone?: boolean
}

/** A small DNS of our own on the loopback: a root, the zone `test` and zones below it, and a resolver that validates against that root's key. */
export interface DnsPlace {
  readonly address: string
  /** Of the one that validates. */
  readonly resolverPort: number
  /** Of the one that has the zones, and validates nothing. */
  readonly serverPort: number
  close(): Promise<void>
}

const ADDRESS = '127.0.0.1'
const ENVIRONMENT = { ...process.env, PATH: SEARCHED_PATH }
const NOBODY = '127.0.0.3'
const HOUR_MS = 3600_000

const MONTH = { fromHours: -48, toHours: 30 * 24 }

export async function openDns(zones: Readonly<Record<string, ZonePlan>>): Promise<DnsPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-dns-'))
  const started: ChildProcess[] = []
  const close = async () => {
    for (const child of started) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const serverPort = await freeDnsPort()
    const resolverPort = await freeDnsPort()
    const rootKey = makeZones(folder, zones)
    writeServer(folder, serverPort, ['.', 'test', ...Object.keys(zones).filter((name) => zones[name]?.isGone !== true)])
    writeResolver(folder, { serverPort, resolverPort }, rootKey)
    for (const name of ['server', 'resolver'])
      started.push(spawn('named', ['-f', '-n', '1', '-c', join(folder, `${name}.conf`)], { stdio: 'ignore', cwd: folder, env: ENVIRONMENT }))
    await untilAnswers(serverPort)
    await untilAnswers(resolverPort)
    return { address: ADDRESS, resolverPort, serverPort, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Writes and signs all zones, the lowest first, since a parent holds what is known of its children's keys. The key of the root. */
function makeZones(folder: string, zones: Readonly<Record<string, ZonePlan>>): string {
  mkdirSync(join(folder, 'keys'))
  const below = Object.entries(zones).map(([name, plan]) => delegation(name, plan, makeZone(folder, name, { plan, children: '' })))
  const test = makeZone(folder, 'test', { plan: { signed: MONTH, parent: 'right' }, children: below.join('') })
  const children = delegation('test', { parent: 'right' }, test)
  return makeZone(folder, '.', { plan: { signed: MONTH, parent: 'none' }, children }).key
}

interface ZoneKeys {
  readonly key: string
  /** The DS record of its key, and of one that it does not have. */
  readonly right: string
  readonly wrong: string
}

function makeZone(folder: string, name: string, { plan, children }: { readonly plan: ZonePlan; readonly children: string }): ZoneKeys {
  const origin = name === '.' ? '.' : `${name}.`
  const below = (label: string) => (name === '.' ? `${label}.` : `${label}.${name}.`)
  const file = join(folder, fileOf(name))
  const head = `$TTL 60\n${origin} SOA ${below('ns')} ${below('admin')} 1 3600 600 86400 60\n${origin} NS ${below('ns')}\n`
  writeFileSync(file, `${head}${below('ns')} A ${ADDRESS}\n${below('www')} A 192.0.2.1\n${below('alias')} CNAME ${below('www')}\n${children}`)
  const keyOf = () => tool(folder, 'dnssec-keygen', '-q', '-K', 'keys', '-a', 'ECDSAP256SHA256', '-f', 'KSK', origin).trim()
  const key = keyOf()
  const digestOf = (it: string) => tool(folder, 'dnssec-dsfromkey', '-2', join('keys', `${it}.key`))
  const { signed } = plan
  if (signed !== undefined) {
    const times = ['-s', stamp(signed.fromHours), '-e', stamp(signed.toHours), '-X', stamp(signed.keysToHours ?? signed.toHours)]
    tool(folder, 'dnssec-signzone', '-q', '-P', '-z', '-S', '-K', 'keys', ...times, '-o', origin, '-f', file, file)
  }
  // Made only now: whoever signs takes every key that there is.
  const stranger = plan.parent === 'wrong' ? keyOf() : key
  return { key: readFileSync(join(folder, 'keys', `${key}.key`), 'utf8'), right: digestOf(key), wrong: digestOf(stranger) }
}

function delegation(name: string, { parent, isGone = false }: ZonePlan, keys: ZoneKeys): string {
  const digest = parent === 'none' ? '' : keys[parent]
  return `${name}. NS ns.${name}.\nns.${name}. A ${isGone ? NOBODY : ADDRESS}\n${digest}`
}

function fileOf(name: string): string {
  return name === '.' ? 'root.zone' : `${name}.zone`
}

function stamp(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString().replaceAll(/\D/gu, '').slice(0, 14)
}

const COMMON = 'listen-on-v6 { none; }; pid-file none; session-keyfile none; allow-query { any; }; empty-zones-enable no;'

function writeServer(folder: string, port: number, names: readonly string[]): void {
  const zones = names.map((name) => `zone "${name}" { type master; file "${join(folder, fileOf(name))}"; };\n`)
  const options = `directory "${folder}"; port ${port}; listen-on port ${port} { ${ADDRESS}; }; recursion no; dnssec-validation no; ${COMMON}`
  writeFileSync(join(folder, 'server.conf'), `options { ${options} };\ncontrols { };\n${zones.join('')}`)
}

/** Its option "port" is that of the servers it asks, so that nobody needs port 53. */
function writeResolver(folder: string, { serverPort, resolverPort }: Pick<DnsPlace, 'serverPort' | 'resolverPort'>, rootKey: string): void {
  const key = /DNSKEY\s+(?<numbers>\d+ \d+ \d+)\s+(?<base64>\S[\s\S]*)$/u.exec(rootKey.trim())?.groups
  const anchor = `. static-key ${key?.['numbers']} "${key?.['base64']?.replaceAll(/\s/gu, '')}";`
  writeFileSync(join(folder, 'hints'), `. 3600 NS ns.\nns. 3600 A ${ADDRESS}\n`)
  const options = `directory "${folder}"; port ${serverPort}; listen-on port ${resolverPort} { ${ADDRESS}; }; recursion yes; allow-recursion { any; }; dnssec-validation yes; servfail-ttl 0; ${COMMON}`
  writeFileSync(
    join(folder, 'resolver.conf'),
    `options { ${options} };\ncontrols { };\ntrust-anchors { ${anchor} };\nzone "." { type hint; file "${join(folder, 'hints')}"; };\n`,
  )
}

function tool(folder: string, program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', cwd: folder, env: ENVIRONMENT })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr} ${error ?? ''}`)
  return stdout
}

async function untilAnswers(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { stdout } = spawnSync('dig', [`@${ADDRESS}`, '-p', String(port), '+time=1', '+tries=1', '+noall', '+comments', '.', 'SOA'], {
      encoding: 'utf8',
    })
    if (stdout.includes('status: NOERROR')) return
    await sleep(50)
  }
  throw new Error(`the name server at port ${port} does not answer`)
}

/** Free for UDP and TCP, and outside of the ports from which the resolver sends. */
async function freeDnsPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if ((await isFreeUdp(port)) && (await isFreeTcp(port))) return port
  }
}

function isFreeUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind(port, ADDRESS, () => socket.close(() => resolve(true)))
  })
}

function isFreeTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, ADDRESS, () => server.close(() => resolve(true)))
  })
}
