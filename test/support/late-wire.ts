import { once } from 'node:events'
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface LateWire {
  readonly url: string
  /** How many requests are on their way. */
  readonly held: number
  /** Lets them arrive now, whoever sent them. */
  arrive(): Promise<void>
  close(): Promise<void>
}

/** A proxy before a server of HTTP on which requests, asked for as `PUT bucket/key`, stay on their way: they are taken whole, and nobody answers. */
export async function openLateWire(target: { readonly port: number }, isLate: (what: string) => boolean): Promise<LateWire> {
  let waiting: (() => Promise<unknown>)[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request).catch(() => undefined)
    if (body === undefined) return
    const deliver = () => passOn(request, body, target.port)
    if (isLate(`${request.method} ${decodeURIComponent(request.url ?? '').slice(1)}`)) waiting.push(deliver)
    else {
      const { answer, content } = await deliver()
      response.writeHead(answer.statusCode ?? 500, answer.headers).end(content)
    }
  }
  const server = createServer((request, response) => void serve(request, response).catch(() => request.socket.destroy()))
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get held() {
      return waiting.length
    },
    async arrive() {
      const arriving = waiting
      waiting = []
      for (const deliver of arriving) await deliver()
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function passOn({ method, url, headers }: IncomingMessage, body: Buffer, port: number) {
  const onward = ask({ host: '127.0.0.1', port, method, path: url, headers })
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  return { answer, content: await buffer(answer) }
}
