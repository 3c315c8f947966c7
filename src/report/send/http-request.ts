import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { getCACertificates } from 'node:tls'
import { readSmall } from '../../files/read-small.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { ReportError } from '../report-error.ts'

export interface HttpCall {
  readonly url: string
  /** The address for messages. */
  readonly shown: string
  readonly method: 'POST' | 'PUT' | 'GET'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Certificates (PEM) to trust in addition to those of the host. */
  readonly caFile?: string | undefined
  /** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in upper or lower case, are evaluated. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Hides secrets in an answer whose end was cut off. */
  readonly hideCut: (text: string) => string
}

// Answers are not used; a part of it helps to understand a rejection.
const READ_BYTES = 16 * 1024
const SHOWN_CHARS = 200

/**
 * Sends one request and resolves when it was accepted: with a 2xx answer. Redirects are not followed, because the data may be secret and intended
 * only for this address. Rejects with a `ReportError`.
 */
export async function httpRequest(call: HttpCall): Promise<void> {
  const url = addressOf(call)
  const options = { method: call.method, headers: headersOf(call), signal: call.signal, agent: await agentFor(url, call) }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
  request.on('response', resolve)
  request.on('error', (error) => reject(unreachable(error, call)))
  request.end(call.body)
  const answer = await promise
  const text = await readSome(answer)
  checkStatus(answer, text, call)
}

function addressOf({ url, shown }: HttpCall): URL {
  // The value is not quoted: it may be a secret.
  const parsed = URL.parse(url)
  if (parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:')) return parsed
  throw new ReportError('failed', `invalid URL: ${shown}`, { hint: 'It must start with "https://" or "http://".' })
}

function headersOf({ headers, body }: HttpCall): Readonly<Record<string, string>> {
  return { 'User-Agent': 'holdfast', ...headers, ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }) }
}

const PROXY_NAMES = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()])

// A separate agent: an open connection would prevent the program from ending.
async function agentFor(url: URL, { environment, caFile }: HttpCall): Promise<HttpAgent> {
  const proxyEnv = Object.fromEntries(PROXY_NAMES.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])))
  if (url.protocol === 'http:') return new HttpAgent({ keepAlive: false, proxyEnv })
  return new HttpsAgent({ keepAlive: false, proxyEnv, ca: await trusted(caFile) })
}

/** The certificates of the host, those of Node.js, and those of the file. */
export async function trusted(caFile: string | undefined): Promise<string[]> {
  const own = caFile === undefined ? [] : [await readCertificates(caFile)]
  return [...getCACertificates('bundled'), ...getCACertificates('system'), ...own]
}

async function readCertificates(file: string): Promise<string> {
  const bytes = await readSmall(file).catch((error: unknown) => {
    throw new ReportError('failed', `could not read the certificates in "${file}"`, { cause: error, hint: 'Correct the path in "ca".' })
  })
  return bytes.toString('utf8')
}

async function readSome(answer: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of answer.setEncoding('utf8')) {
      text += chunk
      if (text.length > READ_BYTES) break
    }
  } catch {
    // The result of the request is already known.
  }
  answer.destroy()
  return text
}

function checkStatus({ statusCode = 0, headers }: IncomingMessage, text: string, { shown, hideCut }: HttpCall): void {
  if (statusCode >= 200 && statusCode < 300) return
  if (statusCode >= 300 && statusCode < 400)
    throw new ReportError('refused', `${shown} returned a redirect (${statusCode})`, {
      hint: 'Set the new URL; redirects are not followed.',
    })
  // Before it is cut: a part of a secret would not be found.
  const firstLine = printable(hideCut(text).trim().split('\n', 1)[0] ?? '').slice(0, SHOWN_CHARS)
  throw new ReportError('refused', `${shown} returned ${statusCode}${firstLine === '' ? '' : `: ${firstLine}`}`, {
    mayPass: statusCode >= 500 || statusCode === 429 || statusCode === 408,
    retryAfterMs: retryAfter(headers['retry-after']),
    ...(HINTS[statusCode] !== undefined && { hint: HINTS[statusCode] }),
  })
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'Check the secret.',
  403: 'Check the secret, and whether it may be used from this host.',
  404: 'Check the path of the URL.',
}

/** RFC 9110, 10.2.3, if it is a number of seconds. */
function retryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/u.test(value) ? Number(value) * 1000 : undefined
}

const TRUST_CODES = /^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/u

function unreachable(error: Error, { shown, url, signal }: HttpCall): ReportError {
  if (signal.aborted) return new ReportError('too-late', `timed out waiting for ${shown}`, { mayPass: true })
  const code = systemCode(error) ?? ''
  const why = messageOf(error).replaceAll(url, shown)
  if (TRUST_CODES.test(code) || code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new ReportError('unreachable', `the certificate of ${shown} is not trusted: ${why}`, {
      hint: 'Save the certificate of the authority that signed it to a file, and set "ca" to that file.',
    })
  return new ReportError('unreachable', `could not connect to ${shown}: ${why}`, { mayPass: true })
}
