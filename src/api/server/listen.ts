import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
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
  readonly limits?: Partial<ListenLimits>
}

/** Slower clients would occupy connections and memory that other clients need. */
export interface ListenLimits {
  readonly headersMs: number
  readonly requestMs: number
  /** A connection on which nothing was read or written for this long is closed: a client that does not read its response, or a handler that hangs. */
  readonly idleMs: number
  readonly checkMs: number
  /** How often the files of the certificate are checked. */
  readonly certificateMs: number
}

const LIMITS: ListenLimits = { headersMs: 10_000, requestMs: 30_000, idleMs: 180_000, checkMs: 2000, certificateMs: 10_000 }
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_BYTES = 16 * 1024
const MAX_CONNECTIONS = 4000
const GRACE_MS = 2000

/** Listens on the configured address. Rejects with `web/cannot-listen`. */
export async function listen(call: ListenCall): Promise<Listening> {
  const { spec, port, listener } = call
  const { host = '127.0.0.1', tls, basePath } = spec
  const limits = { ...LIMITS, ...call.limits }
  const { server, stop } = tls
    ? await openTls(tls, { ...call, limits })
    : { server: createServer(optionsOf(limits), listener), stop: () => undefined }
  server.maxConnections = MAX_CONNECTIONS
  server.timeout = limits.idleMs
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket: Socket) => {
    const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
    // Browsers open connections before they need them. A request that meets the end of such a connection is repeated after a close or a 408 only.
    if (socket.writable && socket.bytesRead > 0) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new ServerError('cannot-listen', `could not listen on ${host}, port ${port}: ${messageOf(error)}`, {
          hint: 'Change "port" of "web", or stop the program that uses it.',
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

function optionsOf({ headersMs, requestMs, checkMs }: ListenLimits): ServerOptions {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: checkMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
}

function createServerWith(
  options: Parameters<typeof createTlsServer>[0],
  { certificate, key }: NonNullable<WebSpec['tls']>,
  listener: RequestListener,
): TlsServer {
  try {
    return createTlsServer(options, listener)
  } catch (error) {
    throw new ServerError('cannot-listen', `could not use the certificate "${certificate}" with the key "${key}": ${messageOf(error)}`, {
      hint: 'Both files must be PEM, and the key must be that of the first certificate, without a password.',
    })
  }
}

async function openTls(
  tls: NonNullable<WebSpec['tls']>,
  { listener, note, limits }: Pick<ListenCall, 'listener' | 'note'> & { readonly limits: ListenLimits },
): Promise<{ readonly server: Server | TlsServer; stop(): void }> {
  const first = await readCertificate(tls).catch((error: unknown) => {
    throw new ServerError('cannot-listen', `could not read the certificate: ${messageOf(error)}`, { hint: 'Check "tls" of "web".' })
  })
  const server = createServerWith({ ...optionsOf(limits), cert: first.cert, key: first.key, minVersion: 'TLSv1.2' }, tls, listener)
  let { mark } = first
  let noted = ''
  const timer = setInterval(async () => {
    try {
      if ((await markOf(tls)) === mark) return
      const renewed = await readCertificate(tls)
      server.setSecureContext({ cert: renewed.cert, key: renewed.key, minVersion: 'TLSv1.2' })
      ;({ mark } = renewed)
      noted = ''
    } catch (error) {
      // The file is incomplete: the old certificate is used until it is complete.
      const text = `the certificate was not renewed: ${messageOf(error)}`
      if (text !== noted) note(text)
      noted = text
    }
  }, limits.certificateMs)
  timer.unref()
  return { server, stop: () => clearInterval(timer) }
}
