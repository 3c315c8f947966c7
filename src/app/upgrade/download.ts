import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { messageOf } from '../../lib/errors.ts'
import { formatBytes, printable } from '../../lib/format.ts'
import { trusted } from '../../report/send/http-request.ts'
import { UpgradeError } from './upgrade-error.ts'

export interface SourceDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

const REDIRECTS = 5
// Without a byte for this long.
const IDLE_MS = 60_000

/** The contents of a URL, which its caller reads to the end or destroys. Redirects are followed: the download is verified by its signature. */
export async function download(url: URL, deps: SourceDeps, left = REDIRECTS): Promise<IncomingMessage> {
  const answer = await answerOf(url, deps)
  const { statusCode = 0, headers } = answer
  if (statusCode === 200) return answer
  answer.destroy()
  const target = statusCode >= 300 && statusCode < 400 && left > 0 ? URL.parse(headers.location ?? '', url.href) : null
  if (target !== null && isPermitted(url, target)) return download(target, deps, left - 1)
  throw new UpgradeError('unreadable', `${shown(url)} returned ${statusCode}`, {
    hint: 'Check the URL. A release consists of the executable, "SHA256SUMS" and "SHA256SUMS.sig", in one folder.',
  })
}

/** A small file by its URL. */
export async function readUrl(url: URL, deps: SourceDeps, maxBytes: number): Promise<Buffer> {
  const answer = await download(url, deps)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new UpgradeError('unreadable', `${shown(url)} is larger than ${formatBytes(maxBytes)}`)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof UpgradeError) throw error
    throw new UpgradeError('unreadable', `could not download ${shown(url)}: ${messageOf(error)}`, { cause: error })
  } finally {
    answer.destroy()
  }
  return Buffer.concat(chunks)
}

function isPermitted(from: URL, to: URL): boolean {
  return to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:')
}

async function answerOf(url: URL, { env, signal }: SourceDeps): Promise<IncomingMessage> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()])
  const proxyEnv = Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const isSecure = url.protocol === 'https:'
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: false, proxyEnv, ca: await trusted(undefined) })
    : new HttpAgent({ keepAlive: false, proxyEnv })
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = (isSecure ? requestHttps : requestHttp)(url, { signal, agent, headers: { 'User-Agent': 'holdfast' } })
  request.setTimeout(IDLE_MS, () => request.destroy(new Error(`timed out: no data for ${IDLE_MS / 1000} s`)))
  request.on('response', resolve)
  request.on('error', (error) =>
    reject(
      new UpgradeError('unreadable', `could not download ${shown(url)}: ${messageOf(error)}`, {
        cause: error,
        hint: 'Check the URL and the network.',
      }),
    ),
  )
  request.end()
  return promise
}

/** Without a user and a password. */
function shown({ protocol, host, pathname }: URL): string {
  return `"${printable(`${protocol}//${host}${pathname}`)}"`
}
