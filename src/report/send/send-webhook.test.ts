import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, it } from 'node:test'
import { openAuthority } from '../../../test/support/authority.ts'
import { openHttpServer } from '../../../test/support/http-server.ts'
import { message, QUICK, sendDeps } from '../../../test/support/sending.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import type { WebhookNotifierSpec } from '../../plan/notify.ts'
import { ReportError } from '../report-error.ts'
import { deliver } from './deliver.ts'
import { mostLengthFor } from './shorten-text.ts'

function hook(url: string, options: Partial<WebhookNotifierSpec> = {}): WebhookNotifierSpec {
  return { kind: 'webhook', name: 'chat', limits: QUICK, url: [url], method: 'POST', headers: [], ...options }
}

const token = { kind: 'env', name: 'TOKEN' } as const
const secrets = { TOKEN: 'S3CR3T-canary' }

async function failureOf(work: Promise<unknown>): Promise<ReportError> {
  const error = await work.then(
    () => undefined,
    (it: unknown) => it,
  )
  assert.ok(error instanceof ReportError, String(error))
  assert.doesNotMatch(`${error.message} ${error.hint}`, /canary/u)
  return error
}

describe('a webhook', { concurrency: 4 }, () => {
  it('gets everything that is known as JSON', async (t) => {
    const server = await openHttpServer(t)
    await deliver(hook(`${server.url}/in?x=1`), message(), sendDeps())
    const [heard] = server.heard
    assert.deepEqual(
      { method: heard?.method, path: heard?.path, type: heard?.headers['content-type'] },
      { method: 'POST', path: '/in?x=1', type: 'application/json' },
    )
    assert.deepEqual(JSON.parse(heard?.body ?? ''), message().data)
  })

  it('gets no text that would be shown in another order, or not at all', async (t) => {
    const server = await openHttpServer(t)
    const bad = 'x\u202egpj\u200b\u001b[31m\u{e0041}\ny'
    const { data, fields, ...rest } = message()
    const told = { ...rest, text: bad, data: { ...data, deep: [{ bad }] }, fields: { ...fields, text: bad } }
    const template = { kind: 'object', members: [{ key: 'text', value: { kind: 'text', parts: ['{text}'] } }] } as const
    for (const spec of [hook(server.url), hook(server.url, { json: template })]) await deliver(spec, told, sendDeps())
    const shown = 'x\\u202egpj\\u200b\\u001b[31m\\udb40\\udc41\ny'
    const [whole, filled] = server.heard.map(({ body }) => JSON.parse(body) as { deep: readonly { bad: string }[]; text: string })
    assert.equal(whole?.deep[0]?.bad, shown)
    assert.equal(filled?.text, shown)
  })

  it('gets texts of at most the length that its service accepts, with secrets and the document whole', async (t) => {
    const server = await openHttpServer(t)
    const text = (...parts: (string | typeof token)[]) => ({ kind: 'text', parts }) as const
    const members = [
      { key: 'content', value: text('*{subject}*\n{text}', token, '{{end}}') },
      { key: 'twice', value: text('{text}{text}') },
      { key: 'short', value: text('{summary}') },
    ]
    const json = { kind: 'object', members } as const
    const told = message({ text: `error:  it failed 😀\n${'😀long '.repeat(2000)}` })
    const fields = { ...told.fields, summary: 'It failed.' }
    for (const mostLength of [100, 2000, 2001]) {
      await deliver(hook(server.url, { json, mostLength }), { ...told, fields }, sendDeps({ secrets }))
      const body = JSON.parse(server.heard.at(-1)?.body ?? '') as Record<'content' | 'twice' | 'short', string>
      assert.ok(body.content.length <= mostLength && body.content.length > mostLength - 5, String(body.content.length))
      assert.ok(body.twice.length <= mostLength)
      assert.match(body.content, /^\*web-01: task "nightly" failed\*\nerror: {2}it.*shortened\)S3CR3T-canary\{end\}$/su)
      assert.ok(body.content.isWellFormed())
      assert.equal(body.short, 'It failed.')
    }
    await deliver(hook(server.url, { json }), { ...told, fields }, sendDeps({ secrets }))
    assert.ok((server.heard.at(-1)?.body.length ?? 0) > 40_000)
    assert.equal(mostLengthFor('https://discord.com/api/webhooks/1/x'), 2000)
    assert.equal(mostLengthFor('https://discord.com.example.net/'), Number.POSITIVE_INFINITY)
  })

  it('that rejects a long text is reported with the limit', async (t) => {
    const server = await openHttpServer(t, ({ body }) =>
      body.length > 2100 ? { status: 400, body: '{"content": ["Must be 2000 or fewer"]}' } : { status: 200 },
    )
    const json = { kind: 'object', members: [{ key: 'content', value: { kind: 'text', parts: ['{text}'] } }] } as const
    const told = message({ text: 'x'.repeat(5000) })
    const error = await failureOf(deliver(hook(server.url, { json }), told, sendDeps()))
    assert.match(error.hint ?? '', /set "max-length"/u)
    await deliver(hook(server.url, { json, mostLength: 2000 }), told, sendDeps())
  })

  it('gets a document of its own, filled in and signed, with secrets in their places', async (t) => {
    const server = await openHttpServer(t)
    const json = {
      kind: 'object',
      members: [
        { key: 'text', value: { kind: 'text', parts: ['{{{subject}}} {task} {unknown} {error} ', token] } },
        {
          key: 'list',
          value: {
            kind: 'list',
            items: [
              { kind: 'value', value: 1 },
              { kind: 'value', value: null },
            ],
          },
        },
      ],
    } as const
    const spec = hook('', {
      url: [`${server.url}/`, token],
      method: 'PUT',
      headers: [{ name: 'Authorization', value: ['Bearer ', token] }],
      json,
      signature: { header: 'X-Sum', secret: [token] },
    })
    await deliver(spec, message({ fields: { subject: 'a "quoted" \u0000 {task}\n', task: 'n' } }), sendDeps({ secrets }))
    const [heard] = server.heard
    assert.equal(heard?.path, '/S3CR3T-canary')
    assert.equal(heard?.method, 'PUT')
    assert.equal(heard?.headers['authorization'], 'Bearer S3CR3T-canary')
    assert.deepEqual(JSON.parse(heard?.body ?? ''), { text: '{a "quoted" \\u0000 {task}\n} n   S3CR3T-canary', list: [1, null] })
    assert.equal(
      heard?.headers['x-sum'],
      `sha256=${createHmac('sha256', 'S3CR3T-canary')
        .update(heard?.body ?? '')
        .digest('hex')}`,
    )
  })

  it('is tried again after what may pass, and only then', async (t) => {
    const server = await openHttpServer(t, (_, before) => (['reset', { status: 503 }, { status: 429 }] as const)[before] ?? { status: 204 })
    await deliver(hook(server.url, { limits: { ...QUICK, retries: 3 } }), message(), sendDeps())
    assert.equal(server.heard.length, 4)
    const refusing = await openHttpServer(t, () => ({ status: 403, body: 'no: S3CR3T-canary\nmore' }))
    const error = await failureOf(
      deliver(hook('', { url: [refusing.url, '/', token], limits: { ...QUICK, retries: 3 } }), message(), sendDeps({ secrets })),
    )
    assert.equal(refusing.heard.length, 1)
    assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+\/… returned 403: no: …$/u)
  })

  it('is given up after its tries, with the last reason', async (t) => {
    const server = await openHttpServer(t, () => ({ status: 500 }))
    const error = await failureOf(deliver(hook(server.url, { limits: { ...QUICK, retries: 2 } }), message(), sendDeps()))
    assert.equal(server.heard.length, 3)
    assert.match(error.message, /returned 500$/u)
  })

  it('does not exceed its time limit for one that does not respond', async (t) => {
    const server = await openHttpServer(t, () => 'stall')
    const error = await failureOf(deliver(hook(server.url, { limits: { ...QUICK, tryMs: 100, retries: 1 } }), message(), sendDeps()))
    assert.match(error.message, /^timed out after/u)
    const whole = await failureOf(
      deliver(hook(server.url, { limits: { tryMs: 60_000, totalMs: 150, retries: 9, pauseMs: 10 } }), message(), sendDeps()),
    )
    assert.match(whole.message, /^not delivered within/u)
  })

  it('respects the requested pause, within the limit', async (t) => {
    const server = await openHttpServer(t, () => ({ status: 429, headers: { 'Retry-After': '3600' } }))
    const error = await failureOf(deliver(hook(server.url, { limits: { ...QUICK, totalMs: scaledMs(4000), retries: 5 } }), message(), sendDeps()))
    assert.equal(server.heard.length, 1)
    assert.match(error.message, /returned 429$/u)
  })

  it('stops immediately on an abort', async (t) => {
    const stop = new AbortController()
    const server = await openHttpServer(t, () => {
      stop.abort()
      return 'stall'
    })
    const error = await failureOf(
      deliver(hook(server.url, { limits: { ...QUICK, totalMs: scaledMs(4000), retries: 5 } }), message(), sendDeps({ signal: stop.signal })),
    )
    assert.equal(error.message, 'stopped before delivery')
    assert.equal(server.heard.length, 1)
  })

  it('does not follow redirects, because the data may be secret', async (t) => {
    const elsewhere = await openHttpServer(t)
    const server = await openHttpServer(t, () => ({ status: 302, headers: { Location: elsewhere.url } }))
    assert.match((await failureOf(deliver(hook(server.url), message(), sendDeps()))).message, /returned a redirect \(302\)/u)
    assert.equal(elsewhere.heard.length, 0)
  })

  it('is content with the beginning of a huge answer', async (t) => {
    const server = await openHttpServer(t, () => 'huge')
    await deliver(hook(server.url), message(), sendDeps())
  })

  it('reports a refused connection', async (t) => {
    const server = await openHttpServer(t)
    const gone = createServer().listen(0)
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const error = await failureOf(deliver(hook('', { url: [`http://127.0.0.1:${port}/`, token] }), message(), sendDeps({ secrets })))
    assert.match(error.message, /^could not connect to http:\/\/127\.0\.0\.1:\d+\/…: .*ECONNREFUSED/u)
    assert.equal(error.mayPass, true)
    assert.equal(server.heard.length, 0)
    const odd = await failureOf(deliver(hook('', { url: [token] }), message(), sendDeps({ secrets })))
    assert.equal(odd.message, 'invalid URL: a secret address')
  })

  it('trusts an authority that is named, and no other', async (t) => {
    const authority = openAuthority(t)
    const server = await openHttpServer(t, undefined, authority)
    await deliver(hook(server.url, { caFile: authority.caFile }), message(), sendDeps())
    assert.equal(server.heard.length, 1)
    const stranger = await failureOf(deliver(hook(server.url), message(), sendDeps()))
    assert.match(stranger.message, /the certificate of https:\/\/127\.0\.0\.1:\d+\/… is not trusted/u)
    assert.match(stranger.hint ?? '', /"ca"/u)
    assert.equal(stranger.mayPass, false)
    const missing = await failureOf(deliver(hook(server.url, { caFile: '/no/such/file' }), message(), sendDeps()))
    assert.match(missing.message, /could not read the certificates in "\/no\/such\/file"/u)
  })

  it('is not taken for another host', async (t) => {
    const authority = openAuthority(t, 'DNS:elsewhere.test')
    const server = await openHttpServer(t, undefined, authority)
    const error = await failureOf(deliver(hook(server.url, { caFile: authority.caFile }), message(), sendDeps()))
    assert.match(error.message, /is not trusted/u)
  })

  it('is spoken to through the proxy that the environment names', async (t) => {
    const authority = openAuthority(t)
    const server = await openHttpServer(t, undefined, authority)
    const asked: string[] = []
    const proxy = createServer()
    proxy.on('connect', (request, client) => {
      asked.push(request.url ?? '')
      const onward = connect(server.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(client).pipe(onward)
      })
      onward.on('error', () => client.destroy())
      client.on('error', () => onward.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    t.after(() => proxy.close())
    const { port } = proxy.address() as AddressInfo
    const through = sendDeps({ environment: { https_proxy: `http://127.0.0.1:${port}` } })
    await deliver(hook(server.url, { caFile: authority.caFile }), message(), through)
    assert.deepEqual(asked, [`127.0.0.1:${server.port}`])
    const without = sendDeps({ environment: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: '127.0.0.1' } })
    await deliver(hook(server.url, { caFile: authority.caFile }), message(), without)
    assert.equal(asked.length, 1)
    assert.equal(server.heard.length, 2)
  })
})
