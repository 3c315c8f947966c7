import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { openAuthority } from '../../../test/support/authority.ts'
import { message, QUICK, sendDeps } from '../../../test/support/sending.ts'
import { lacksSmtp, openSmtpServer } from '../../../test/support/smtp-server.ts'
import type { SmtpNotifierSpec } from '../../plan/notify.ts'
import { ReportError } from '../report-error.ts'
import { deliver } from './deliver.ts'

function smtp(port: number, options: Partial<SmtpNotifierSpec> = {}): SmtpNotifierSpec {
  const people = { from: 'Holdfast <holdfast@example.net>', recipients: ['ops@example.net', 'root@localhost'] }
  return { kind: 'smtp', name: 'mail', limits: QUICK, host: '127.0.0.1', port, security: 'none', ...people, ...options }
}

async function failureOf(work: Promise<unknown>): Promise<ReportError> {
  const error = await work.then(
    () => undefined,
    (it: unknown) => it,
  )
  assert.ok(error instanceof ReportError, String(error))
  assert.doesNotMatch(`${error.message} ${error.hint}`, /canary|Y2FuYXJ5/u)
  return error
}

const password = { kind: 'env', name: 'PASSWORD' } as const
const login = { login: { user: 'ops', password: [password] } }
const secrets = { PASSWORD: 'S3CR3T-canary' }

describe('a mail server', { concurrency: 4, skip: lacksSmtp }, () => {
  it('receives a complete message', async (t) => {
    const server = await openSmtpServer(t)
    await deliver(smtp(server.port), message({ subject: 'Ärger\nBcc: x@y', text: 'Ärger\n.\n.dot\n' }), sendDeps())
    const [mail] = await server.taken()
    assert.deepEqual(
      { from: mail?.from, to: mail?.to, secure: mail?.secure },
      { from: 'holdfast@example.net', to: ['ops@example.net', 'root@localhost'], secure: false },
    )
    const [head = '', body = ''] = (mail?.text ?? '').split('\r\n\r\n')
    assert.match(head, /^From: Holdfast <holdfast@example\.net>\r$/mu)
    assert.match(head, /^Auto-Submitted: auto-generated\r$/mu)
    assert.match(head, /^Date: Tue, 03 Feb 2026 04:05:06 \+0000\r$/mu)
    assert.match(head, /^Content-Type: text\/plain; charset=utf-8/mu)
    assert.doesNotMatch(head, /^Bcc/mu)
    assert.equal(body.replaceAll('=C3=84', 'Ä').trim(), 'Ärger\r\n.\r\n.dot')
  })

  it('is spoken to over TLS from the start, or from STARTTLS on, and logged in to', async (t) => {
    const { caFile, certFile: cert, keyFile: key } = openAuthority(t)
    for (const security of ['tls', 'starttls'] as const) {
      const server = await openSmtpServer(t, { tls: security, cert, key, user: 'ops', password: 'S3CR3T-canary' })
      await deliver(smtp(server.port, { security, caFile, ...login }), message(), sendDeps({ secrets }))
      assert.deepEqual(
        (await server.taken()).map(({ secure, user }) => [secure, user]),
        [[true, 'ops']],
      )
    }
  })

  it('is not trusted with a certificate of a stranger, nor with one for another name', async (t) => {
    const { certFile: cert, keyFile: key } = openAuthority(t)
    const other = openAuthority(t, 'DNS:elsewhere.test')
    const server = await openSmtpServer(t, { tls: 'starttls', cert, key })
    const stranger = await failureOf(deliver(smtp(server.port, { security: 'starttls', limits: { ...QUICK, retries: 3 } }), message(), sendDeps()))
    assert.match(stranger.message, /^could not connect to 127\.0\.0\.1:\d+: .*certificate/u)
    assert.match(stranger.hint ?? '', /"ca"/u)
    assert.equal(stranger.mayPass, false)
    const named = await openSmtpServer(t, { tls: 'tls', cert: other.certFile, key: other.keyFile })
    const error = await failureOf(deliver(smtp(named.port, { security: 'tls', caFile: other.caFile }), message(), sendDeps()))
    assert.match(error.message, /^could not connect to .*altnames/u)
    assert.deepEqual([...(await server.taken(0)), ...(await named.taken(0))], [])
  })

  it('receives nothing in plain text if it does not offer STARTTLS', async (t) => {
    const server = await openSmtpServer(t)
    const error = await failureOf(deliver(smtp(server.port, { security: 'starttls' }), message(), sendDeps()))
    assert.match(error.hint ?? '', /"security"/u)
    assert.deepEqual(await server.taken(0), [])
  })

  it('that expects the other kind of TLS is found out at once, with the setting', async (t) => {
    const { caFile, certFile: cert, keyFile: key } = openAuthority(t)
    const limits = { ...QUICK, retries: 3 }
    const atOnce = await openSmtpServer(t, { tls: 'tls', cert, key })
    for (const security of ['starttls', 'none'] as const) {
      const error = await failureOf(deliver(smtp(atOnce.port, { security, caFile, limits }), message(), sendDeps()))
      assert.match(error.message, /the server expects TLS from the beginning of the connection$/u)
      assert.equal(error.hint, 'Set "security: tls".')
      assert.equal(error.mayPass, false)
    }
    const later = await openSmtpServer(t, { tls: 'starttls', cert, key })
    const error = await failureOf(deliver(smtp(later.port, { security: 'tls', caFile, limits }), message(), sendDeps()))
    assert.match(error.message, /the server does not begin with TLS$/u)
    assert.match(error.hint ?? '', /"security: starttls"/u)
    assert.equal(error.mayPass, false)
  })

  it('that refuses the password gets no second attempt', async (t) => {
    const { caFile, certFile: cert, keyFile: key } = openAuthority(t)
    const server = await openSmtpServer(t, { tls: 'starttls', cert, key, user: 'ops', password: 'another' })
    const spec = smtp(server.port, { security: 'starttls', caFile, ...login, limits: { ...QUICK, retries: 3 } })
    const error = await failureOf(deliver(spec, message(), sendDeps({ secrets })))
    assert.equal(error.code, 'report/refused')
    assert.match(error.message, /535/u)
    assert.match(error.hint ?? '', /password/u)
    assert.equal(error.mayPass, false)
  })

  it('that refuses a recipient has not delivered', async (t) => {
    const server = await openSmtpServer(t, { refuse: ['ops@example.net'] })
    const some = await failureOf(deliver(smtp(server.port), message(), sendDeps()))
    assert.match(some.message, /accepted the mail, but not for ops@example\.net$/u)
    assert.deepEqual(
      (await server.taken()).map(({ to }) => to),
      [['root@localhost']],
    )
    const all = await failureOf(deliver(smtp(server.port, { recipients: ['ops@example.net'] }), message(), sendDeps()))
    assert.match(all.message, /rejected the mail: .*550 no such user here/u)
  })

  it('that defers the message gets another attempt', async (t) => {
    const server = await openSmtpServer(t, { temporary: 1 })
    await deliver(smtp(server.port, { limits: { ...QUICK, retries: 1 } }), message(), sendDeps())
    assert.equal((await server.taken()).length, 1)
  })

  it('that stalls is given up', async (t) => {
    const server = await openSmtpServer(t, { stall: true })
    const error = await failureOf(deliver(smtp(server.port, { limits: { ...QUICK, tryMs: 400 } }), message(), sendDeps()))
    assert.equal(error.code, 'report/too-late')
    const silent = createServer().listen(0, '127.0.0.1')
    t.after(() => silent.close())
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    assert.ok(address !== null && typeof address === 'object')
    const dumb = await failureOf(deliver(smtp(address.port, { limits: { ...QUICK, tryMs: 300 } }), message(), sendDeps()))
    assert.equal(dumb.code, 'report/too-late')
  })

  it('that is not there may be there later', async () => {
    const error = await failureOf(deliver(smtp(9), message(), sendDeps()))
    assert.match(error.message, /^could not connect to 127\.0\.0\.1:9: .*ECONNREFUSED/u)
    assert.equal(error.mayPass, true)
  })
})
