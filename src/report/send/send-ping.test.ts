import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openHttpServer } from '../../../test/support/http-server.ts'
import { message, QUICK, sendDeps } from '../../../test/support/sending.ts'
import type { PingNotifierSpec } from '../../plan/notify.ts'
import { deliver } from './deliver.ts'

function ping(url: string, options: Partial<PingNotifierSpec> = {}): PingNotifierSpec {
  return { kind: 'ping', name: 'hc', limits: QUICK, url: [url], method: 'POST', start: true, ...options }
}

describe('a ping', () => {
  it('reports the state of the run by the end of the path, with the text as the body', async (t) => {
    const server = await openHttpServer(t)
    for (const outcome of ['began', 'good', 'bad', 'test'] as const)
      await deliver(ping(`${server.url}/uuid/`), message({ outcome, text: outcome }), sendDeps())
    assert.deepEqual(
      server.heard.map(({ method, path, body }) => [method, path, body]),
      [
        ['POST', '/uuid/start', 'began'],
        ['POST', '/uuid', 'good'],
        ['POST', '/uuid/fail', 'bad'],
        ['POST', '/uuid/log', 'test'],
      ],
    )
  })

  it('leaves the query where it is, and can do without a body', async (t) => {
    const server = await openHttpServer(t)
    await deliver(ping(`${server.url}/slug?create=1`, { method: 'GET' }), message(), sendDeps())
    assert.deepEqual(
      server.heard.map(({ method, path, body }) => [method, path, body]),
      [['GET', '/slug/fail?create=1', '']],
    )
  })

  it('sends the end of a text that is too long', async (t) => {
    const server = await openHttpServer(t)
    await deliver(ping(server.url), message({ text: `${'x'.repeat(200_000)}END` }), sendDeps())
    const [heard] = server.heard
    assert.equal(heard?.body.length, 90_000)
    assert.match(heard?.body ?? '', /END$/u)
  })
})
