import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Refusal } from './refusal.ts'

export interface Account {
  readonly accessKey: string
  readonly secretKey: string
}

const SKEW_MS = 15 * 60_000

/** Refuses a request that is not signed by the account (AWS Signature Version 4, in the header), or whose body is not the one signed. */
export function verifySignature(request: IncomingMessage, body: Buffer, { accessKey, secretKey }: Account): void {
  const given = parseAuthorization(request.headers.authorization)
  if (given.accessKey !== accessKey) throw new S3Refusal(403, 'InvalidAccessKeyId', 'The access key is not known here.')
  const moment = String(request.headers['x-amz-date'] ?? '')
  const signedMs = Date.parse(moment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(signedMs - Date.now()) < SKEW_MS)) throw new S3Refusal(403, 'RequestTimeTooSkewed', 'The clocks differ too much.')
  const payload = String(request.headers['x-amz-content-sha256'] ?? sha256(body))
  const canonical = canonicalRequest(request, given.signedHeaders, payload)
  const toSign = ['AWS4-HMAC-SHA256', moment, given.scope, sha256(canonical)].join('\n')
  const key = given.scope.split('/').reduce((secret: Buffer, part) => hmac(secret, part), Buffer.from(`AWS4${secretKey}`))
  const expected = hmac(key, toSign)
  const signature = Buffer.from(given.signature, 'hex')
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
    throw new S3Refusal(403, 'SignatureDoesNotMatch', 'The signature is not the one that we get.')
  if (payload.startsWith('STREAMING-')) throw new S3Refusal(501, 'NotImplemented', 'Bodies in signed chunks are not done here.')
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body))
    throw new S3Refusal(400, 'XAmzContentSHA256Mismatch', 'The body is not the one that was signed.')
}

function parseAuthorization(text = '') {
  const found =
    /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<scope>[^,]+), ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]+)$/u.exec(text)
  if (!found?.groups) throw new S3Refusal(403, 'AccessDenied', 'Only signed requests are taken.')
  const { key = '', scope = '', headers = '', signature = '' } = found.groups
  return { accessKey: key, scope, signedHeaders: headers.split(';'), signature }
}

function canonicalRequest({ method = '', url = '', headers }: IncomingMessage, signed: readonly string[], payload: string): string {
  const [path = '', query = ''] = url.split('?')
  const canonicalQuery = query
    .split('&')
    .filter(Boolean)
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .toSorted()
    .join('&')
  const canonicalHeaders = signed
    .map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replaceAll(/ +/gu, ' ')}\n`,
    )
    .join('')
  return [method, path, canonicalQuery, canonicalHeaders, signed.join(';'), payload].join('\n')
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
