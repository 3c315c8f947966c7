import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { openAuthority } from '../../../test/support/authority.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { requires } from '../../../test/support/requires.ts'
import { until } from '../../../test/support/time-limits.ts'
import type { WebSpec } from '../../plan/web.ts'
import { type ListenLimits, listen } from './listen.ts'
import { readBody } from './read-body.ts'

interface Opened {
  readonly port: number
  readonly notes: readonly string[]
}

async function open(
  t: TestContext,
  listener: RequestListener,
  { limits, tls }: { readonly limits: Partial<ListenLimits>; readonly tls?: WebSpec['tls'] },
): Promise<Opened> {
  const notes: string[] = []
  const port = await freePort()
  const spec: WebSpec = { basePath: '', names: [], trustedProxies: [], allow: [], ...(tls && { tls }) }
  const listening = await listen({ spec, port, listener, limits, note: (text) => notes.push(text) })
  t.after(() => listening.close())
  return { port, notes }
}

/** Sends the beginning, and then one byte after the other. Resolves with the response when the server has closed the connection. */
function drip(port: number, beginning: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    let timer: NodeJS.Timeout | undefined
    const socket: Socket = connect(port, '127.0.0.1', () => {
      socket.write(beginning)
      timer = setInterval(() => socket.write('x'), 20)
    })
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(answer)
    })
  })
}

test('a request that arrives slowly is ended, in its headers or in its body', async (t) => {
  const bodies: unknown[] = []
  const { port } = await open(t, (request) => void readBody(request, { isLarge: false }).catch((error: unknown) => bodies.push(error)), {
    limits: { headersMs: 300, requestMs: 300, checkMs: 50 },
  })
  // On a busy machine, the time may be over before anything was read: then there is no response.
  assert.match(await until(() => drip(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nX: ')), /^HTTP\/1\.1 408 /u)
  await until(async () => {
    await drip(port, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n')
    return bodies.length > 0
  })
  assert.match(String(bodies[0]), /the body is incomplete/u)
})

test('a connection on which nothing was sent is closed without a response, which a browser could take for that of its next request', async (t) => {
  const { port } = await open(t, () => undefined, { limits: { headersMs: 300, requestMs: 300, checkMs: 50 } })
  const socket = connect(port, '127.0.0.1')
  let received = ''
  for await (const chunk of socket) received += chunk
  assert.equal(received, '')
})

test('a client that does not read its response is disconnected, and one that reads gets all of it', async (t) => {
  const large = Buffer.alloc(64 * 1024 * 1024)
  let closed = 0
  const answer: RequestListener = (_, response) => {
    response.on('close', () => {
      closed += 1
    })
    response.end(large)
  }
  const { port: hasty } = await open(t, answer, { limits: { idleMs: 300 } })
  // On a busy machine, a client that reads may pause, too.
  const { port: usual } = await open(t, answer, { limits: {} })
  const ask = (port: number) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'))
    return socket.on('error', () => undefined)
  }
  const stopped = ask(hasty).pause()
  t.after(() => stopped.destroy())
  await until(() => closed === 1)
  let bytes = 0
  for await (const chunk of ask(usual)) bytes += (chunk as Buffer).length
  assert.ok(bytes > large.length)
})

test('a certificate that cannot be used is an error of the configuration, with both files', { skip: requires('openssl') }, async (t) => {
  const [first, second] = [openAuthority(t), openAuthority(t)]
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const noPem = join(folder, 'web.pem')
  writeFileSync(noPem, 'no certificate\n')
  for (const tls of [
    { certificate: noPem, key: first.keyFile },
    { certificate: first.certFile, key: second.keyFile },
  ])
    await assert.rejects(
      open(t, () => undefined, { limits: {}, tls }),
      ({ code, message }) => {
        assert.equal(code, 'web/cannot-listen')
        assert.ok(message.includes(`could not use the certificate "${tls.certificate}" with the key "${tls.key}": `), message)
        return true
      },
    )
})

test('a renewed certificate is used without a restart, and an incomplete one is not', { skip: requires('openssl') }, async (t) => {
  const [first, second] = [openAuthority(t), openAuthority(t)]
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [certificate, key] = [join(folder, 'web.pem'), join(folder, 'web.key')]
  copyFileSync(first.certFile, certificate)
  copyFileSync(first.keyFile, key)
  const { port, notes } = await open(t, (_, response) => response.end('ok\n'), { limits: { certificateMs: 30 }, tls: { certificate, key } })
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket: TLSSocket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.toString() ?? '')
        socket.destroy()
      }).on('error', reject)
    })
  assert.equal(await shown(), first.cert)
  const old = tlsConnect({ port, host: '127.0.0.1', ca: first.cert, rejectUnauthorized: false })
  copyFileSync(second.certFile, certificate)
  await until(() => notes.some((it) => it.startsWith('the certificate was not renewed: ')))
  assert.equal(await shown(), first.cert)
  copyFileSync(second.keyFile, key)
  await until(async () => (await shown()) === second.cert)
  let answer = ''
  old.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  old.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await until(() => answer.endsWith('ok\n'))
})
