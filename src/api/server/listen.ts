import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { markOf, readCertificate } from '../../app/web/certificates.ts'
import { ServerError } from '../../app/web/server-lock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { WebSpec } from '../../plan/web.ts'

export interface Listening {
  readonly url: string
  /** Stops accepting requests, waits for pending responses, and then closes the remaining connections. */
  close(): Promise<void>
}

export interface ListenCall {
  readonly spec: WebSpec
  readonly port: number
  readonly listener: RequestListener
  readonly note: (text: string) => void
}

// Slower clients would occupy connections that other clients need.
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16 * 1024,
}
const MAX_CONNECTIONS = 4000
const CERTIFICATE_MS = 60_000
const GRACE_MS = 2000

/** Listens on the configured address. Rejects with `web/cannot-listen`. */
export async function listen({ spec, port, listener, note }: ListenCall): Promise<Listening> {
  const { host = '127.0.0.1', tls, basePath } = spec
  const { server, stop } = tls ? await openTls(tls, { listener, note }) : { server: createServer(LIMITS, listener), stop: () => undefined }
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new ServerError('cannot-listen', `could not listen on ${host}, port ${port}: ${messageOf(error)}`, {
          hint: 'Change "port" of "web", or end what uses it.',
        }),
      ),
    )
    server.listen(port, host, resolve)
  })
  const name = host.includes(':') ? `[${host}]` : host
  return {
    url: `${tls ? 'https' : 'http'}://${name}:${port}${basePath}/`,
    close: () =>
      new Promise((resolve) => {
        stop()
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), GRACE_MS).unref()
      }),
  }
}

async function openTls(
  tls: NonNullable<WebSpec['tls']>,
  { listener, note }: Pick<ListenCall, 'listener' | 'note'>,
): Promise<{ readonly server: Server | TlsServer; stop(): void }> {
  const first = await readCertificate(tls).catch((error: unknown) => {
    throw new ServerError('cannot-listen', `could not read the certificate: ${messageOf(error)}`, { hint: 'Check "tls" of "web".' })
  })
  const server = createTlsServer({ ...LIMITS, cert: first.cert, key: first.key, minVersion: 'TLSv1.2' }, listener)
  let { mark } = first
  const timer = setInterval(async () => {
    try {
      if ((await markOf(tls)) === mark) return
      const renewed = await readCertificate(tls)
      server.setSecureContext({ cert: renewed.cert, key: renewed.key, minVersion: 'TLSv1.2' })
      ;({ mark } = renewed)
    } catch (error) {
      // The file is incomplete: the old certificate is used until it is complete.
      note(`the certificate was not renewed: ${messageOf(error)}`)
    }
  }, CERTIFICATE_MS)
  timer.unref()
  return { server, stop: () => clearInterval(timer) }
}
