import { once } from 'node:events'
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/**
 * What goes wrong with a request.
 * - `reset`: the connection breaks in the middle of it, and the server never sees it.
 * - `answer-lost`: it is carried out, then the connection breaks.
 * - `truncated`: the same in the middle of the answer.
 * - `stalled`: it is not carried out, and nobody answers.
 * - `error`, `slow-down`, `expired`: the server answers 500, 503, or 403 for credentials that have expired.
 * - `corrupted`: one byte of its body is another one, or of the object in the answer.
 */
export const WIRE_FAULTS = ['reset', 'answer-lost', 'truncated', 'stalled', 'error', 'slow-down', 'expired', 'corrupted'] as const
export type WireFault = (typeof WIRE_FAULTS)[number]

export interface FaultyWire {
  readonly url: string
  /** What was asked for so far: `PUT acme/web/a`. */
  readonly requests: readonly string[]
  /** From now on requests are counted anew, and the nth goes wrong; with `isLasting` all after it too. */
  plan(fault?: { readonly kind: WireFault; readonly nth: number; readonly isLasting?: boolean }): void
  close(): Promise<void>
}

/** A proxy before a server that speaks HTTP. It changes nothing of a request, its host included, unless it is told to. */
export async function openFaultyWire(target: { readonly port: number }): Promise<FaultyWire> {
  let planned: Parameters<FaultyWire['plan']>[0]
  let requests: string[] = []
  const faultAt = (nth: number): WireFault | undefined => {
    if (planned === undefined || nth < planned.nth) return undefined
    return nth === planned.nth || planned.isLasting === true ? planned.kind : undefined
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${decodeURI(request.url ?? '').slice(1)}`)
    const fault = faultAt(requests.length)
    if (fault === 'reset') return breakOff(request)
    const body = await buffer(request).catch(() => undefined)
    if (body === undefined || fault === 'stalled') return
    const refusal = REFUSALS[fault ?? '']
    if (refusal) return refuse(response, refusal)
    await pass({ request, response, body, fault }, target.port).catch(() => request.socket.destroy())
  }
  const server = createServer(serve)
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests
    },
    plan(fault) {
      planned = fault
      requests = []
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function breakOff(request: IncomingMessage): void {
  if (request.headers['content-length'] === undefined || request.headers['content-length'] === '0') request.socket.destroy()
  else request.once('data', () => request.socket.destroy())
}

const REFUSALS: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  error: { status: 500, code: 'InternalError' },
  'slow-down': { status: 503, code: 'SlowDown' },
  expired: { status: 403, code: 'ExpiredToken' },
}

function refuse(response: ServerResponse, { status, code }: { readonly status: number; readonly code: string }): void {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': text.length }).end(text)
}

interface Passing {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
  readonly fault: WireFault | undefined
}

async function pass({ request, response, body, fault }: Passing, port: number): Promise<void> {
  const { method, url, headers } = request
  const sent = fault === 'corrupted' && body.length > 0 ? corrupted(body) : body
  const onward = ask({ host: '127.0.0.1', port, method, path: url, headers })
  onward.end(sent)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  const content = await buffer(answer)
  if (fault === 'answer-lost') return void request.socket.destroy()
  // Lists and the like have nothing that could be compared.
  const isObject = method === 'GET' && !/[?&](?:list-type|uploads)/u.test(url ?? '') && answer.statusCode === 200
  const given = fault === 'corrupted' && isObject ? corrupted(content) : content
  response.writeHead(answer.statusCode ?? 500, answer.headers)
  if (fault !== 'truncated') return void response.end(given)
  response.write(given.subarray(0, given.length / 2), () => request.socket.destroy())
}

function corrupted(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const at = Math.floor(bytes.length / 2)
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}
