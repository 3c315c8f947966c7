import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

/** One request as it came. */
export interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** `stall` never answers, `reset` closes the connection, `huge` answers well and without end. */
export type Answer =
  | 'stall'
  | 'reset'
  | 'huge'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

export interface HttpServer {
  readonly url: string
  readonly port: number
  /** In the order in which they came. */
  readonly heard: readonly Heard[]
}

/** A server on the loopback, closed with the test. `answer` gets each request with how many came before it. */
export async function openHttpServer(
  t: { after(work: () => void): void },
  answer: (heard: Heard, before: number) => Answer = () => ({ status: 200 }),
  tls?: { readonly key: string; readonly cert: string },
): Promise<HttpServer> {
  const heard: Heard[] = []
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('error', () => undefined)
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const one = { method, path, headers, body }
      heard.push(one)
      respond(response, answer(one, heard.length - 1))
    })
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, heard }
}

function respond(response: ServerResponse, answer: Answer): void {
  if (answer === 'stall') return
  if (answer === 'reset') {
    response.destroy()
    return
  }
  if (answer === 'huge') {
    response.writeHead(200)
    const chunk = 'x'.repeat(65_536)
    const more = () => {
      if (response.destroyed) return
      response.write(chunk, () => setImmediate(more))
    }
    response.on('error', () => undefined)
    more()
    return
  }
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body ?? '')
}
