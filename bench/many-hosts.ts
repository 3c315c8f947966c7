// Answers as that many hosts: half of them in the API of KristaBackup, half in that of Holdfast. Arguments: their number. Prints its port.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const RUNS = 30
const count = Number(process.argv[2])

const logs = Array.from({ length: RUNS }, (_, day) => ({
  name: `reg-proj-srv-202603${String(day + 1).padStart(2, '0')}_020000.log`,
  debugname: `reg-proj-srv-202603${String(day + 1).padStart(2, '0')}_020000-debug.log`,
  ...{ exist: true, error: day % 10 === 3, warning: false, msg: '2026-03-02 02:00:00.276 reg-proj-srv ERROR err oops\n' },
}))
const schedules = Object.fromEntries(
  ['full', 'diff', 'db'].map((name) => [name, { cron: '0 23 * * *', actions: ['tar0'], descr: name, active: true }]),
)

function holdfastHost(index: number): object {
  const at = new Date().toISOString()
  const shown = { at, set: '20260301T020000Z', task: 'nightly' }
  return {
    ...{ id: 'local', name: `host-${index}`, kind: 'local', url: null, state: index % 20 === 0 ? 'failed' : 'ok', cause: null },
    claims: { published: shown, verified: shown, restored: null },
    ...{ failuresSince: 0, running: 0, tasks: 3, next: at, days: { from: '2026-01-01', states: 'g'.repeat(42) } },
    ...{ bytes: 123_456_789, timeZone: 'UTC', skewMs: 0, asOf: at, isReachable: true, error: null },
  }
}

const server = createServer((request, response) => {
  const [, index = '', path = ''] = /^\/h(\d+)(\/.*)$/u.exec(request.url ?? '') ?? []
  const answers: Readonly<Record<string, () => object>> = {
    '/api/si': () => ({ name: `srv-${index}`, flask: true, msg: 'ок', errors: '' }),
    '/api/cf': () => ({ full_name: `srv-${index}`, schedules, actions: {}, logs: { 2026: logs } }),
    '/api/v1/hosts/local': () => holdfastHost(Number(index)),
  }
  const answer = answers[path]
  if (answer === undefined || Number(index) >= count) return response.writeHead(404).end()
  return response.setHeader('content-type', 'application/json').end(JSON.stringify(answer()))
})
server.listen(0, '127.0.0.1', () => console.log(String((server.address() as AddressInfo).port)))
