import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers a request itself (true), or leaves it to the store behind (false). `what`: `GET bucket/key?query`, decoded. */
export type Lie = (what: string, response: ServerResponse) => boolean

/** In front of a store that speaks S3: hands on every request and answer but those that it lies about. Closed with the test. */
export async function openLyingStore(
  t: { after(work: () => void): void },
  store: { readonly port: number },
): Promise<{ readonly url: string; lie(lie: Lie): void }> {
  let current: Lie = () => false
  const serve = (asked: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '/', headers } = asked
    if (current(`${method} ${decodeURIComponent(path).slice(1)}`, response)) {
      asked.resume()
      return
    }
    const sent = request({ host: '127.0.0.1', port: store.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    sent.on('error', () => response.destroy())
    asked.pipe(sent)
  }
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: (lie) => {
      current = lie
    },
  }
}

/** Sends bytes until the other side has enough. */
export function sendForEver(response: ServerResponse, chunk: Buffer): void {
  const go = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', go)
  response.on('error', () => undefined)
  go()
}
