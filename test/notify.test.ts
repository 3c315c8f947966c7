import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openPlace, type Start } from './palhm/place.ts'
import { type Answer, type Heard, openHttpServer } from './support/http-server.ts'
import { until } from './support/time-limits.ts'
import { withoutModule } from './support/without-module.ts'

type Answers = (heard: Heard, before: number) => Answer

async function open(t: TestContext, notifiers: (url: string) => string, { tasks, answer }: { readonly tasks: string; readonly answer?: Answers }) {
  const place = openPlace(t)
  const server = await openHttpServer(t, answer)
  const config = place.write('plan.yaml', `version: 1\n${notifiers(server.url)}\ntasks:\n${tasks}\n`)
  const start = (args: readonly string[], how: Start = {}) => place.start(['-f', config, ...args], { as: 'holdfast', ...how })
  const run = (task: string, how?: Start) => start(['-q', 'run', task], how)
  const show = async () => JSON.parse((await start(['show', '--json'])).stdout)
  const bodies = () => server.heard.map(({ body }) => JSON.parse(body) as Record<string, string>)
  return { place, server, start, run, show, bodies, paths: () => server.heard.map(({ path }) => path) }
}

const hook = (url: string, more = '') => `notifiers: { ops: { type: webhook, url: "${url}/hook", retries: 0${more} } }\nnotify: ops`
const ping = (url: string, more = '') => `notifiers: { hc: { type: ping, url: "${url}/u", retries: 0${more} } }\nnotify: [hc]`
const SWITCHED = '  a: { steps: [ { exec: { shell: "read how < switch; exit $how" } } ] }'

describe('notify', { concurrency: 4 }, () => {
  it('reports a failure once, another cause, and the recovery', async (t) => {
    const { place, run, bodies } = await open(t, (url) => hook(url), { tasks: SWITCHED })
    const events: string[][] = []
    for (const code of [0, 0, 3, 3, 3, 0, 0, 3]) {
      place.write('switch', `${code}\n`)
      const before = bodies().length
      assert.equal((await run('a')).code, code === 0 ? 0 : 1)
      events.push(
        bodies()
          .slice(before)
          .map(({ event }) => event ?? ''),
      )
    }
    assert.deepEqual(events, [[], [], ['failure'], [], [], ['recovery'], [], ['failure']])
    assert.match(bodies()[0]?.['subject'] ?? '', /: task "a" failed: sh failed \(exit code 3\)/u)
    assert.match(bodies()[1]?.['subject'] ?? '', /: task "a" recovered$/u)
  })

  it('reports once in a run, and in a check, a secret that is sent without encryption', async (t) => {
    const rules = () =>
      `notifiers: { ops: { type: webhook, url: "http://chat.example/hook", headers: { X-Token: "$\{env:TOKEN}" } }, hc: { type: ping, url: "$\{env:HC}" } }\nnotify: [{ to: [ops, hc], on: always }]`
    const { start, show, server } = await open(t, rules, { tasks: '  a: { steps: [ { exec: ["true"] } ] }' })
    const checked = await start(['config', 'check'])
    assert.match(checked.stdout, /warning: notifiers\.ops\.url: the secret sent to http:\/\/chat.* is sent without encryption/u)
    const ran = await start(['run', 'a'], { env: { TOKEN: 'CANARY-1', HC: 'http://hc.example/CANARY-2', http_proxy: server.url } })
    assert.equal(ran.code, 0, ran.stderr)
    assert.ok(server.heard.length >= 2)
    const { stdout } = await start(['log'])
    assert.equal(stdout.match(/the secret sent to http:\/\/chat.* is sent without encryption/gu)?.length, 1)
    assert.equal(stdout.match(/the secret sent to a secret address is sent without encryption/gu)?.length, 1)
    assert.doesNotMatch(stdout + ran.stderr, /CANARY/u)
    assert.equal((await show()).state, 'ok')
  })

  it('reports in a check that a setting of a mail program is visible to other users', async (t) => {
    const rules = () =>
      'notifiers: { ops: { type: mail, to: [a@example.org], settings: ["smtp-auth-password=CANARY-3", "v15-compat"] } }\nnotify: [{ to: [ops], on: always }]'
    const { start } = await open(t, rules, { tasks: '  a: { steps: [ { exec: ["true"] } ] }' })
    const { stdout } = await start(['config', 'check'])
    assert.match(stdout, /warning: all users of this host can see the value of the mail setting "smtp-auth-password"/u)
    assert.doesNotMatch(stdout, /CANARY/u)
  })

  it('makes up with the next run for what could not be delivered, and notes it', async (t) => {
    let isDown = true
    const answer: Answers = () => ({ status: isDown ? 500 : 200 })
    const { place, start, run, show, server } = await open(t, (url) => hook(url), { tasks: SWITCHED, answer })
    place.write('switch', '3\n')
    const first = await run('a')
    assert.equal(first.code, 1)
    assert.deepEqual((await show()).notes, [`could not notify "ops": ${server.url}/… returned 500`])
    assert.match((await start(['log'])).stdout, /note: could not notify "ops"/u)
    isDown = false
    await run('a')
    await run('a')
    assert.equal(server.heard.length, 2)
    isDown = true
    place.write('switch', '0\n')
    assert.deepEqual(await run('a'), { code: 0, signal: null, stdout: '', stderr: '' }, 'silent when good, whoever could not be told')
    assert.equal((await show()).state, 'warnings')
    assert.equal((await start(['-q', 'run', 'a', '--strict'])).code, 3)
    assert.equal((await show()).exitCode, 3)
    isDown = false
    await run('a')
    assert.deepEqual(JSON.parse(server.heard.at(-1)?.body ?? '').event, 'recovery')
  })

  it('emits its events as JSON, the end of the run last', async (t) => {
    const { start } = await open(t, (url) => hook(url), { tasks: '  a: { steps: [ { exec: ["false"] } ] }', answer: () => ({ status: 500 }) })
    const { stdout } = await start(['run', 'a', '--json'])
    const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['run-began', 'step-began', 'step-failed', 'note', 'run-ended'],
    )
    assert.equal(events.at(-1).notes.length, 1)
  })

  it('pings at the start, after a success and after a failure', async (t) => {
    // A run of a moment would be over before its start is sent.
    const untilHeard = (heard: number) => `until test -e heard-${heard}; do sleep 0.05; done`
    const tasks = `  a: { steps: [ { exec: { shell: "${untilHeard(0)}" } } ] }\n  b: { steps: [ { exec: { shell: "${untilHeard(2)}; echo why >&2; exit 4" } } ] }`
    let folder = ''
    const answer: Answers = (_, before) => {
      writeFileSync(join(folder, `heard-${before}`), '')
      return { status: 200 }
    }
    const { run, server, paths, place } = await open(t, (url) => ping(url), { tasks, answer })
    folder = place.run
    await run('a')
    await run('b')
    assert.deepEqual(paths(), ['/u/start', '/u', '/u/start', '/u/fail'])
    assert.match(server.heard[3]?.body ?? '', /exit code 4[\s\S]*program:\n {4}why\n/u)
  })

  it('is not delayed by a start ping, which never arrives after the end', async (t) => {
    for (const trouble of ['stall', { status: 500 }] as const) {
      const answer: Answers = ({ path }) => (path === '/u/start' ? trouble : { status: 200 })
      const tasks = '  a: { steps: [ { exec: ["true"] } ] }'
      const { run, paths, show } = await open(t, (url) => ping(url, ', timeout: 60s').replace('retries: 0', 'retries: 9'), {
        tasks,
        answer,
      })
      assert.equal((await run('a')).code, 0)
      assert.equal(paths().at(-1), '/u')
      assert.equal((await show()).state, 'ok')
    }
  })

  it('reports a run that is stopped by a signal, and terminates by it', async (t) => {
    const { run, bodies, place } = await open(t, (url) => hook(url), { tasks: `  a: { steps: [ { exec: { shell: "touch here; sleep 61" } } ] }` })
    const { signal } = await run('a', {
      meanwhile: async (pid) => {
        await until(() => existsSync(join(place.run, 'here')))
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.equal(signal, 'SIGTERM')
    assert.match(bodies()[0]?.['subject'] ?? '', /was stopped by SIGTERM$/u)
    assert.deepEqual(place.leftOver(), [])
  })

  it('reports a killed run with the first good run', async (t) => {
    const { run, bodies, place } = await open(t, (url) => hook(url), {
      tasks: '  a: { steps: [ { exec: { shell: "test -e here && exit 0; touch here; exec sleep 61" } } ] }',
    })
    await run('a', {
      meanwhile: async (pid) => {
        await until(() => existsSync(join(place.run, 'here')))
        process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(bodies().length, 0)
    for (const { pid } of place.processes()) process.kill(pid, 'SIGKILL')
    assert.equal((await run('a')).code, 0)
    assert.deepEqual(
      bodies().map(({ event }) => event),
      ['recovery'],
    )
  })

  it('reports a run that was locked out', async (t) => {
    const { run, bodies, place } = await open(t, (url) => hook(url), {
      tasks: '  a: { steps: [ { exec: { shell: "touch here; until test -e go; do sleep 0.05; done" } } ] }',
    })
    const first = run('a')
    await until(() => existsSync(join(place.run, 'here')))
    assert.equal((await run('a')).code, 5)
    place.write('go', '')
    assert.equal((await first).code, 0)
    assert.match(bodies()[0]?.['subject'] ?? '', /did not run: it is already running$/u)
  })

  it('uses the setting of the task before the common one', async (t) => {
    const notifiers = (url: string) =>
      `notifiers: { a: { type: webhook, url: "${url}/a" }, b: { type: webhook, url: "${url}/b" } }\nnotify: { to: a, on: always }`
    const tasks = [
      '  mine: { steps: [ { exec: ["true"] } ], notify: { to: [a, b], on: success } }',
      '  nobody: { steps: [ { exec: ["false"] } ], notify: [] }',
      '  usual: { steps: [ { task: mine } ] }',
    ].join('\n')
    const { run, paths } = await open(t, notifiers, { tasks })
    for (const task of ['mine', 'nobody', 'usual']) await run(task)
    assert.deepEqual(paths().slice(0, 2).toSorted(), ['/a', '/b'])
    assert.deepEqual(paths().slice(2), ['/a'])
  })

  it('leaks no secret of the run, nor its own', async (t) => {
    const notifiers = (url: string) => hook(`${url}/\${env:HOOK}`, `, headers: { X-Auth: "\${env:HOOK}" }`)
    const tasks = `  a:
    environment: { DB_PASSWORD: "\${env:DB}", API_TOKEN: PLAIN-CANARY, WORD: harmless }
    steps: [ { exec: { shell: "echo said $DB_PASSWORD $API_TOKEN $WORD >&2; exit 3" } } ]`
    const { place, run, server } = await open(t, notifiers, { tasks, answer: ({ path }) => ({ status: 403, body: path }) })
    const env = { HOOK: 'HOOK-CANARY', DB: 'DB-CANARY' }
    const { stdout } = await run('a', { env })
    const [heard] = server.heard
    assert.equal(heard?.headers['x-auth'], 'HOOK-CANARY')
    assert.doesNotMatch(heard?.body ?? '', /CANARY/u)
    assert.match(heard?.body ?? '', /said … … harmless/u)
    assert.doesNotMatch(stdout, /CANARY/u)
    const noted = (await place.start(['show', '--json'], { as: 'holdfast' })).stdout
    assert.match(noted, /could not notify \\"ops\\".*returned 403: \/…/u)
    assert.doesNotMatch(noted, /CANARY/u)
    for (const name of readdirSync(join(place.top, 'state')).filter((it) => it.startsWith('journal')))
      assert.doesNotMatch(readFileSync(join(place.top, 'state', name), 'latin1'), /CANARY/u, name)
    const toldFolder = join(place.top, 'state', 'told')
    assert.equal(existsSync(toldFolder), false, 'nobody was told')
  })

  it('runs the task even if the modules for notifications cannot be loaded', async (t) => {
    const notifiers = () => 'notifiers: { ops: { type: smtp, host: "127.0.0.1", from: a@example.net, to: b@example.net, retries: 0 } }\nnotify: ops'
    const { run, show } = await open(t, notifiers, { tasks: '  a: { steps: [ { exec: ["true"] } ] }' })
    const { code, stderr } = await run('a', { env: withoutModule('nodemailer', '~compose-mail-') })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const { state, notes } = await show()
    assert.deepEqual({ state, notes }, { state: 'warnings', notes: ['could not load the notifiers: there is no "nodemailer"'] })
  })

  it('ends mail programs one after another, and leaves alone what one has left', async (t) => {
    const place = openPlace(t)
    const program = (name: string, script: string) => {
      const file = join(place.run, name)
      writeFileSync(file, `#!/bin/sh\n${script}\n`)
      chmodSync(file, 0o700)
      return file
    }
    const queues = program('queues', `cat >/dev/null; (sleep 1; touch ${place.run}/delivered) >/dev/null 2>&1 &`)
    const fails = program('fails', 'cat >/dev/null; sleep 0.2; echo no >&2; exit 9')
    const notifiers = `notifiers: { one: { type: mail, to: root, program: ${queues} }, two: { type: mail, to: root, program: ${fails} } }\nnotify: [one, two]`
    const config = place.write('plan.yaml', `version: 1\n${notifiers}\ntasks: { a: { steps: [ { exec: ["false"] } ] } }\n`)
    assert.equal((await place.start(['-q', '-f', config, 'run'], { as: 'holdfast' })).code, 1)
    await until(() => existsSync(join(place.run, 'delivered')))
  })
})

describe('notify test', { concurrency: 4 }, () => {
  it('sends a test message to the selected notifiers', async (t) => {
    const notifiers = (url: string) => `notifiers: { a: { type: webhook, url: "${url}/a" }, b: { type: ping, url: "${url}/b", retries: 0 } }`
    const answer: Answers = ({ path }) => ({ status: path === '/b/log' ? 404 : 200 })
    const { start, paths } = await open(t, notifiers, { tasks: '  a: { steps: [] }', answer })
    const one = await start(['notify', 'test', 'a'])
    assert.equal(one.code, 0)
    assert.match(one.stdout, /^a: sent in [\d.]+ s \(http:\/\/127\.0\.0\.1:\d+\/…\)\n$/u)
    const all = await start(['notify', 'test'])
    assert.equal(all.code, 1)
    assert.match(all.stderr, /^b: could not send \(http.*\)\nerror: http.* returned 404\n {2}hint: /u)
    assert.deepEqual(paths(), ['/a', '/a', '/b/log'])
    const dry = await start(['notify', 'test', '--dry-run'])
    assert.deepEqual([dry.code, dry.stderr], [0, ''])
    assert.match(dry.stdout, /would be sent by "a": http[\s\S]*test of the notifier "b"/u)
    assert.equal(paths().length, 3)
    const misspelt = await start(['notify', 'test', 'bb'])
    assert.equal(misspelt.code, 2)
    assert.match(misspelt.stderr, /unknown notifier "bb"\n {2}hint: Did you mean "b"\?/u)
    assert.equal((await start(['notify', 'tset'])).code, 2)
  })
})

describe('boot-report', { concurrency: 4 }, () => {
  it('exits with the code of the mail program, and shows its output', async (t) => {
    const place = openPlace(t)
    const mua = (script: string) => {
      const exec = place.write('mua', `#!/bin/sh\ncat >/dev/null\n${script}\n`)
      chmodSync(exec, 0o700)
      const file = place.write('c.json', { 'boot-report': { mua: 'mailx', 'mail-to': ['root'], 'mua-param': { exec } } })
      return place.start(['-q', '-f', file, 'boot-report'])
    }
    const failed = await mua('echo "cannot send" >&2; exit 4')
    assert.equal(failed.code, 4)
    assert.match(failed.stderr, /exit code 4[\s\S]*stderr:\n {4}cannot send\n/u)
    assert.equal((await mua('kill -9 $$')).code, 1)
    const flood = await mua('dd if=/dev/zero bs=1000 count=100 status=none >&2')
    assert.deepEqual(flood, { code: 0, signal: null, stdout: '', stderr: '' })
  })

  it('reports a failed boot, when systemd has finished it', async (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.run, 'bin'))
    writeFileSync(
      join(place.run, 'bin/systemctl'),
      `#!/bin/sh\necho "$@" >> ${place.run}/asked\ncase $1 in is-*) echo degraded; exit 1;; *) echo a.service loaded failed;; esac\n`,
    )
    chmodSync(join(place.run, 'bin/systemctl'), 0o700)
    const config = place.write('c.yaml', 'version: 1\nboot-report: { wait: systemd, delay: 10ms, facts: [failed-units], uptime: false }\ntasks: {}\n')
    const env = { PATH: `${place.run}/bin:/usr/bin:/bin` }
    const { code, stdout, stderr } = await place.start(['-f', config, 'boot-report'], { as: 'holdfast', env })
    assert.equal(code, 0)
    assert.match(stdout, /^Boot report from .*\n\n# This is a boot report[\s\S]*\n {2}failed-units:\n {2}- a\.service\n/u)
    assert.match(stderr, /^note: the system state reported by systemd is degraded\n$/u)
    assert.match(readFileSync(join(place.run, 'asked'), 'utf8'), /^is-system-running --wait\nlist-units --failed/u)
  })

  it('is printed instead of sent when only that is wanted', async (t) => {
    const place = openPlace(t)
    const config = place.write(
      'c.yaml',
      'version: 1\nnotifiers: { ops: { type: mail, to: root, program: /no/such } }\nboot-report: { to: ops, delay: 90d, wait: systemd }\ntasks: {}\n',
    )
    const { code, stdout } = await place.start(['-f', config, 'boot-report', '--dry-run'], { as: 'holdfast' })
    assert.equal(code, 0)
    assert.match(stdout, /^would be sent by "ops": mail to root via \/no\/such\n\nBoot report from /u)
  })

  it('reports if it is not configured, and stops on a signal', async (t) => {
    const place = openPlace(t)
    const none = await place.start(['-f', place.write('n.yaml', 'version: 1\ntasks: {}\n'), 'boot-report'], { as: 'holdfast' })
    assert.equal(none.code, 1)
    assert.match(none.stderr, /no boot report is configured/u)
    const hanging = place.write('hangs', `#!/bin/sh\ntouch ${place.run}/here\nsleep 61\n`)
    chmodSync(hanging, 0o700)
    const config = place.write('c.json', { 'boot-report': { mua: 'mailx', 'mail-to': ['root'], 'mua-param': { exec: hanging } } })
    const { signal, stderr } = await place.start(['-f', config, 'boot-report'], {
      meanwhile: async (pid) => {
        await until(() => existsSync(join(place.run, 'here')))
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.equal(signal, 'SIGTERM')
    assert.equal(stderr, '')
    assert.deepEqual(place.leftOver(), [])
  })
})
