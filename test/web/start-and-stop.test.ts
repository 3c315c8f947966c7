import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '../../src/api/serve.ts'
import { stateFolder } from '../../src/app/host/state-folder.ts'
import { findServer, stopServer } from '../../src/app/web/server-lock.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/time-limits.ts'
import { openWebHost } from '../support/web-host.ts'
import { nativeConfig, openWebPlace, type WebPlace } from '../support/web-place.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))

let place: WebPlace
before(async () => {
  place = await openWebPlace()
})
after(async () => {
  await web('stop')
  await place.close()
})

const web = (...words: readonly string[]) => holdfast(place, 'web', ...words)

async function holdfast({ config, env }: Pick<WebPlace, 'config' | 'env'>, ...words: readonly string[]) {
  const child = spawn(HOLDFAST, ['-f', config, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), child.exitCode ?? once(child, 'exit')])
  return { code: child.exitCode, said: out + err }
}

/** Another host, whose servers in the background end with the test. `run` resolves to what a command prints. */
async function openOther(t: TestContext) {
  const other = await openWebPlace()
  const run = async (...words: readonly string[]) => (await holdfast(other, ...words)).said
  t.after(async () => {
    for (const words of [[], ['--api']]) await run('web', 'stop', ...words)
    await other.close()
  })
  return { ...other, run }
}

const host = () => ({ env: place.env, uid: process.getuid?.() ?? 0 })

test('of several starts at once, one prints the address, and the others say why they do not', async () => {
  const all = await Promise.all([web('start'), web('start'), web('start')])
  const good = all.filter(({ code }) => code === 0)
  assert.equal(good.length, 1, JSON.stringify(all))
  assert.match(good[0]?.said ?? '', /^listening on http:.*\ncreate the first account .*setup#[\w-]+\n$/u)
  for (const { code, said } of all) if (code !== 0) assert.match(said, /^error: the web server is already (?:running|being started)/u)
  assert.equal((await web('status')).code, 0)
  assert.match((await web('start')).said, /already running \(process \d+, http:.*\n +hint: Stop it with "holdfast web stop"\.\n$/u)
})

test('a server that does not end is reported, and is not said to be stopped', async () => {
  const { pid } = (await findServer('pages', host())) ?? { pid: 0 }
  process.kill(pid, 'SIGSTOP')
  try {
    await assert.rejects(stopServer('pages', host(), 300), { code: 'web/not-stopped' })
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await until(async () => (await findServer('pages', host())) === undefined)
})

test('the record of a server that was killed, of another process or of nothing is no running server', async () => {
  assert.equal((await web('start')).code, 0)
  const found = await findServer('pages', host())
  process.kill(found?.pid ?? 0, 'SIGKILL')
  await until(async () => (await web('status')).code === 1)
  const file = join(place.folder, 'state', 'web', 'pages.lock')
  for (const record of [JSON.stringify({ ...found, pid: process.pid }), 'garbage', '']) {
    writeFileSync(file, record)
    assert.deepEqual(await web('status'), { code: 1, said: 'the web server is not running\n' }, record)
    assert.deepEqual(await web('stop'), { code: 0, said: 'note: the web server is not running\n' }, record)
  }
  assert.equal((await web('start')).code, 0)
  assert.deepEqual(await web('stop'), { code: 0, said: '' })
})

test('a server that begins with an invalid configuration says which settings it uses', async (t) => {
  const { config } = place
  const valid = readFileSync(config, 'utf8')
  writeFileSync(config, `${valid}  broken: { steps: [{ nonsense: 1 }] }\n`)
  t.after(() => writeFileSync(config, valid))
  // In the foreground: the default port can be in use.
  const child = spawn(HOLDFAST, ['-f', config, 'web', 'start', '--foreground'], { env: place.env, stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => child.kill())
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part
  })
  await until(() => /^note: the configuration cannot be used, so the default settings of "web" apply until .*nonsense/mu.test(said))
  child.kill()
  await once(child, 'exit')
})

test('a server that cannot begin is reported with its cause and its hint', async (t) => {
  const other = createServer().listen(Number(new URL(place.url).port), '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const { code, said } = await web('start')
  assert.equal(code, 1)
  assert.match(
    said,
    /^error: could not listen on 127\.0\.0\.1, port \d+: .*EADDRINUSE.*\n +hint: Change "port" of "web", or stop the program that uses it\.\n$/u,
  )
})

test('a server prints its address and the link of the first account before its record can be found', async (t) => {
  const port = await freePort()
  const { host: opened } = openWebHost(t, (folder) => nativeConfig(folder, port))
  const stop = new AbortController()
  t.after(() => stop.abort())
  const own = { ...opened, signals: { ...opened.signals, stop: stop.signal } }
  let record: string | undefined
  const served = serve(own, {
    mode: 'pages',
    onListening() {
      record = readFileSync(join(stateFolder(own.env, own.uid), 'web', 'pages.lock'), 'utf8')
    },
  })
  await until(async () => (await findServer('pages', own)) !== undefined)
  assert.equal(record, '')
  stop.abort()
  await served
})

test('a proxy on this host that is not trusted is reported in the log, by "web status" and by "doctor", with the setting', async (t) => {
  const { folder, config, url, run } = await openOther(t)
  await run('web', 'start')
  const viaProxy = () => fetch(`${url}/healthz`, { headers: { 'x-forwarded-for': '192.0.2.7' } })
  const told = /a proxy at 127\.0\.0\.1, which is not in "trusted-proxies"/u
  assert.doesNotMatch(await run('web', 'status'), told)
  assert.equal((await viaProxy()).status, 200)
  await viaProxy()
  assert.match(await run('web', 'status'), told)
  assert.match(await run('doctor'), told)
  const log = readFileSync(join(folder, 'state/web/pages.log'), 'utf8')
  assert.equal(log.match(new RegExp(told, 'gu'))?.length, 1, log)
  await run('web', 'stop')

  writeFileSync(config, readFileSync(config, 'utf8').replace('web: {', 'web: { trusted-proxies: [127.0.0.1],'))
  await run('web', 'start')
  await viaProxy()
  assert.doesNotMatch(await run('web', 'status'), told)
  assert.doesNotMatch(await run('doctor'), told)
})

test('both servers run with a port each; with one port for both, the second says which setting is missing', async (t) => {
  const { config, url, run } = await openOther(t)
  await run('web', 'start')
  assert.match(
    await run('web', 'start', '--webapi'),
    /^error: port \d+ is used by the web server with pages \(process \d+\)\n +hint: .*"api-port" in the section "web"/mu,
  )
  const port = await freePort()
  writeFileSync(config, readFileSync(config, 'utf8').replace('web: {', `web: { api-port: ${port},`))
  assert.match(await run('web', 'start', '--webapi'), new RegExp(`^listening on http://127\\.0\\.0\\.1:${port}/`, 'u'))
  for (const at of [url, `http://127.0.0.1:${port}`]) assert.equal((await fetch(`${at}/healthz`)).status, 200)

  // The port that another program uses is not that of the server with pages, which has been started with another one.
  await run('web', 'stop', '--api')
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port: taken } = other.address() as AddressInfo
  writeFileSync(config, readFileSync(config, 'utf8').replace(/web: \{.*?port: \d+, port: \d+/u, `web: { port: ${taken}`))
  assert.match(await run('web', 'start', '--webapi'), new RegExp(`^error: could not listen on 127\\.0\\.0\\.1, port ${taken}: `, 'mu'))
})
