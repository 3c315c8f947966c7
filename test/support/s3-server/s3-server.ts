import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type Bucket, newBucket } from './buckets.ts'
import type { Answer, Asked, Quirks } from './exchange.ts'
import { BUCKET_OPERATIONS } from './listings.ts'
import { OBJECT_OPERATIONS } from './operations.ts'
import { otherRegion, S3Refusal } from './refusal.ts'
import { type Account, verifySignature } from './signature.ts'
import { renderXml } from './xml.ts'

export interface S3ServerOptions extends Partial<Quirks> {
  readonly buckets?: readonly string[]
  readonly account?: Account
  /** Serves TLS by these, in PEM. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** What it refuses beyond that: asked with `PUT bucket/key?query` and the headers of each request. */
  readonly refuse?: (what: string, headers: IncomingMessage['headers']) => S3Refusal | undefined
}

export interface S3Server {
  readonly url: string
  readonly port: number
  readonly account: Account
  bucket(name: string): Bucket
  /** Every request that was answered: `PUT bucket/key?query`. */
  readonly requests: { readonly what: string; readonly status: number; readonly headers: IncomingMessage['headers'] }[]
  close(): Promise<void>
}

const ACCOUNT: Account = { accessKey: 'test', secretKey: 'testsecret' }
const QUIRKS: Quirks = {
  checksums: 'crc32',
  refusesSumsOnReads: false,
  deleteNeedsMd5: false,
  refusesDeleteMany: undefined,
  pageSize: 1000,
  listing: 'url',
  emptyPages: 0,
  minPartBytes: 5 * 1024 ** 2,
  maxParts: 10_000,
  equalParts: false,
  noPartCopy: false,
  locks: false,
  locksAll: false,
  versions: false,
  isFull: () => undefined,
  slowDownEvery: 0,
  region: undefined,
  otherRegion: 'malformed, named',
  token: undefined,
  errorBodies: 'xml',
}

/**
 * A small object store in memory that speaks S3 over HTTP: path style, signatures verified, strongly consistent, with everything that we ask of a store.
 * It must pass what the same tests ask of a real one.
 */
export async function startS3Server({ buckets = ['acme'], account = ACCOUNT, tls, refuse, ...quirks }: S3ServerOptions = {}): Promise<S3Server> {
  const kept = new Map(buckets.map((name) => [name, newBucket()]))
  const requests: S3Server['requests'] = []
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request).catch(() => undefined)
    // A body that broke off is no request.
    if (body === undefined) return
    const answer = answerTo(request, body, { kept, account, refuse, count: requests.length + 1, quirks: { ...QUIRKS, ...quirks } })
    requests.push({ what: whatOf(request), status: answer.status ?? 200, headers: request.headers })
    send(response, answer, request.method === 'HEAD')
  }
  const server = tls ? createTlsServer(tls, serve) : createServer(serve)
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    account,
    requests,
    bucket(name) {
      const found = kept.get(name) ?? newBucket()
      kept.set(name, found)
      return found
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Serving {
  readonly kept: ReadonlyMap<string, Bucket>
  readonly account: Account
  readonly quirks: Quirks
  /** Of this request among all. */
  readonly count: number
  readonly refuse: S3ServerOptions['refuse']
}

function answerTo(request: IncomingMessage, body: Buffer, { kept, account, quirks, refuse, count }: Serving): Answer {
  const { method = '', url = '/', headers } = request
  const { pathname, searchParams } = new URL(`http://host${url}`)
  const [bucketName = '', ...path] = pathname.slice(1).split('/').map(decodeURIComponent)
  const key = path.join('/')
  try {
    verifySignature(request, body, account)
    refuseByQuirk(request, quirks, count)
    const refusal = refuse?.(whatOf(request), headers)
    if (refusal) throw refusal
    const bucket = kept.get(bucketName)
    if (bucket === undefined) throw new S3Refusal(404, 'NoSuchBucket', 'There is no such bucket.')
    const header = (name: string) => (headers[name] === undefined ? undefined : String(headers[name]))
    const query = (name: string) => searchParams.get(name) ?? ''
    const asked: Asked = { method, bucketName, bucket, buckets: kept, key, body, quirks, header, query }
    const operations = key === '' ? BUCKET_OPERATIONS : OBJECT_OPERATIONS
    const found = operations.find((it) => it.method === method && (it.query === undefined || searchParams.has(it.query)))
    if (found === undefined) throw new S3Refusal(501, 'NotImplemented', 'That is not done here.')
    return found.run(asked)
  } catch (error) {
    if (!(error instanceof S3Refusal)) throw error
    return { status: error.status, ...refusalBody(error, { pathname, kind: quirks.errorBodies }) }
  }
}

/** What is refused whatever is asked for. */
function refuseByQuirk({ method, headers, url = '' }: IncomingMessage, quirks: Quirks, count: number): void {
  const { slowDownEvery, token, region } = quirks
  if (slowDownEvery > 0 && count % slowDownEvery === 0) throw new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.')
  if (headers['if-none-match'] !== undefined)
    throw new S3Refusal(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented')
  if (token !== undefined && headers['x-amz-security-token'] !== token()) throw new S3Refusal(400, 'ExpiredToken', 'The provided token has expired.')
  if (region !== undefined && headers.authorization?.includes(`/${region}/s3/`) !== true) throw otherRegion(region, quirks.otherRegion)
  if (quirks.refusesSumsOnReads && headers['x-amz-checksum-mode'] !== undefined)
    throw new S3Refusal(400, 'InvalidArgument', "Unsupported header 'x-amz-checksum-mode' received for this API call.")
  const full = method === 'PUT' || (method === 'POST' && /[?&]uploads/u.test(url)) ? quirks.isFull() : undefined
  if (full) throw new S3Refusal(full[0], full[1], full[2] ?? 'The quota of the bucket is used up.')
}

function refusalBody(
  { code, message, more: { elements = {}, headers = {} } }: S3Refusal,
  { pathname, kind }: { readonly pathname: string; readonly kind: Quirks['errorBodies'] },
): Partial<Answer> {
  if (kind === 'none') return { headers }
  if (kind === 'page')
    return {
      headers: { ...headers, 'content-type': 'text/html' },
      body: '<html><head><title>Error</title></head><body><h1>Error</h1><hr>nginx</body></html>',
    }
  return { headers, body: renderXml('Error', { Code: code, Message: message, Resource: pathname, ...elements }) }
}

function whatOf({ method, url = '/' }: IncomingMessage): string {
  return `${method} ${decodeURIComponent(url).slice(1)}`
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: Answer, isHead: boolean): void {
  const isXml = typeof body === 'string' && body !== ''
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...(isXml && { 'content-type': 'application/xml' }), ...headers })
  response.end(isHead ? '' : body)
}
