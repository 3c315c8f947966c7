import { describeAddress, type PingNotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import { httpRequest } from './http-request.ts'
import type { Secrets } from './read-secrets.ts'
import { noteExposed, type Try } from './send-deps.ts'

// Other services keep less of a body.
const BODY_CHARS = 90_000

// Healthchecks, Pinging API: "/log" is recorded without changing the state, whereas "/start" begins a run whose end would be missing.
const ENDINGS = { began: '/start', good: '', bad: '/fail', test: '/log' } as const

/** Reports the state of a run to a URL: by the end of its path, with the text as the body. */
export async function sendPing(spec: PingNotifierSpec, message: Message, { secrets, ...deps }: Try & { readonly secrets: Secrets }): Promise<void> {
  const { method, caFile } = spec
  const { environment, signal } = deps
  const url = withEnding(await secrets.read(spec.url), ENDINGS[message.outcome])
  noteExposed(spec, url, deps)
  const body = method === 'POST' && { headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: message.text.slice(-BODY_CHARS) }
  await httpRequest({ url, shown: describeAddress(spec.url), method, headers: {}, ...body, caFile, environment, signal, hideCut: secrets.hideCut })
}

/** Before the query, if there is one. */
function withEnding(url: string, ending: string): string {
  const [path = '', ...query] = url.split('?')
  return [`${path.replace(/\/$/u, '')}${ending}`, ...query].join('?')
}
