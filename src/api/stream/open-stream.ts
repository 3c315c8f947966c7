import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { authenticate } from '../access/authenticate.ts'
import type { Call, Env } from '../context.ts'

const MAX_RUNS = 20

/** Opens the stream of events. It writes to the socket directly, because the wrapper does not detect a client that has disconnected. */
export function openEventStream(call: Call<unknown, undefined>, context: Context<Env>): Response {
  const { api, cookie, headers, caller } = call
  const { run, after } = call.query as { readonly run?: string; readonly after?: string }
  const { outgoing } = context.env
  outgoing.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  outgoing.flushHeaders()
  const authorization = headers.get('authorization')
  api.streams.add({
    // No handling of HTTP/2: the server supports HTTP/1.1 only.
    response: outgoing as Parameters<typeof api.streams.add>[0]['response'],
    runs: new Set((run ?? '').split(',').filter(Boolean).slice(0, MAX_RUNS)),
    after: headers.get('last-event-id') ?? after,
    mayListen: () => authenticate(api.web.accounts, { authorization, cookie, isUsed: false })?.role === caller?.role,
  })
  return RESPONSE_ALREADY_SENT
}
