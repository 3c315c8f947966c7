import { AppError, systemCode } from '../../lib/errors.ts'

/** One failed attempt of a call. Its message is the server's or the system's, on one line; it contains no credentials. */
export class S3Fault extends Error {
  /**
   * The code of S3 (`NoSuchKey`), of the system (`ECONNRESET`), or of Holdfast: `Timeout`, `NoCredentials`, `Corrupted`, `Aborted`, `OtherRange`,
   * `BrokenList`, `EndlessList`, `OtherEncoding`, `UnlistableKey`, `TooLarge`,
   * `TooManyParts`, `UnequalParts`, `NoPartCopy`, `NoRemoveMany`, `OtherAnswer`.
   */
  readonly fault: string
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined
  /** The region of the bucket, if the request was rejected because it was sent to another one and the answer names it. */
  readonly region: string | undefined
  /** The host to which the request was redirected. Nothing is sent there. */
  readonly otherHost: string | undefined

  constructor(fault: string, message: string, options: FaultDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'S3Fault'
    this.fault = fault
    this.status = options.status
    this.region = options.region
    this.otherHost = options.otherHost
  }
}

interface FaultDetails {
  readonly status?: number | undefined
  readonly region?: string | undefined
  readonly otherHost?: string | undefined
  readonly cause?: unknown
}

/** The fault for an error thrown by a call; `isAborted`: the call was aborted. */
export function faultOf(thrown: unknown, isAborted = false): S3Fault {
  if (thrown instanceof S3Fault) return thrown
  if (isAborted) return new S3Fault('Aborted', 'aborted', { cause: thrown })
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const status = statusOf(error)
  if (/Credentials?(?:Provider)?Error$/u.test(error.name)) return new S3Fault('NoCredentials', error.message, { cause: error })
  // A secret that cannot be read, with the code of the file system behind it.
  if (error instanceof AppError || error.cause instanceof AppError) return new S3Fault('NoCredentials', error.message, { cause: error })
  const system = causeWithCode(error)
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return new S3Fault('Timeout', 'no answer in time', { cause: error })
  if (system !== undefined && (status === undefined || status === 200)) return new S3Fault(system, error.message, { cause: error })
  const details = { status, region: regionOf(error, status), otherHost: otherHostOf(error, status), cause: error }
  return new S3Fault(codeOf(error, status), textOf(error, status), details)
}

/** Whether the failure is temporary, so that the same request may succeed if it is repeated. */
export function isPassing({ fault, status }: S3Fault): boolean {
  if (LASTING.has(fault)) return false
  if (PASSING.has(fault) || isOfTls(fault)) return !isOfTls(fault)
  if (status !== undefined)
    return status >= 500 ? status !== 501 && status !== 507 : status === 408 || status === 429 || (status >= 200 && status < 300)
  return /^E[A-Z_]+$|^UND_ERR|^HPE_/u.test(fault)
}

/** Invalid certificates and servers without TLS: a retry does not help. */
export function isOfTls(fault: string): boolean {
  return /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/u.test(fault)
}

const LASTING = new Set([
  'Aborted',
  'NoCredentials',
  'NotImplemented',
  'BrokenList',
  'EndlessList',
  'OtherEncoding',
  'UnlistableKey',
  'TooLarge',
  'OtherAnswer',
])
const PASSING = new Set([
  'Timeout',
  'Corrupted',
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'Throttling',
  'RequestTimeout',
  // The body was changed or truncated in transit.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
  // The SDK adjusts its clock to the server's time in the rejection.
  'RequestTimeTooSkewed',
  // Temporary credentials are renewed.
  'ExpiredToken',
  'TokenRefreshRequired',
  'OperationAborted',
  'ERR_STREAM_PREMATURE_CLOSE',
])

function statusOf(error: Error): number | undefined {
  const { $metadata: metadata, $response: response } = error as { readonly $metadata?: unknown; readonly $response?: unknown }
  for (const [holder, name] of [[metadata, 'httpStatusCode'] as const, [response, 'statusCode'] as const]) {
    const value = typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[name] : undefined
    if (typeof value === 'number') return value
  }
  return undefined
}

/** AWS names the region in a header, or in an element of the error. A name that could change the host of requests is ignored. */
function regionOf(error: Error, status: number | undefined): string | undefined {
  if (status !== 301 && status !== 307 && status !== 400) return undefined
  const { Region: element, $response: response } = error as { readonly Region?: unknown; readonly $response?: unknown }
  const { headers } = (response ?? {}) as { readonly headers?: Readonly<Record<string, string | undefined>> }
  const named = [headers?.['x-amz-bucket-region'], element].find((it) => typeof it === 'string' && it !== '')
  return typeof named === 'string' && /^[a-z\d]+(?:-[a-z\d]+)*$/u.test(named) && named.length <= 40 ? named : undefined
}

/** In a header, or in an element of the error. */
function otherHostOf(error: Error, status: number | undefined): string | undefined {
  if (status === undefined || status < 300 || status > 399) return undefined
  const { Endpoint: element, $response: response } = error as { readonly Endpoint?: unknown; readonly $response?: unknown }
  const { headers } = (response ?? {}) as { readonly headers?: Readonly<Record<string, string | undefined>> }
  // With 301, the element is the place of a bucket in another region.
  const named = [headers?.['location'], ...(status === 301 ? [] : [element])].find((it) => typeof it === 'string' && it !== '')
  if (typeof named !== 'string') return undefined
  const url = URL.parse(named.includes('://') ? named : `https://${named}`)
  return url === null || url.host === '' || url.host.length > 255 ? undefined : url.host
}

function causeWithCode(error: unknown, depth = 0): string | undefined {
  const code = systemCode(error)
  if (code !== undefined && /^(?:E[A-Z]|ERR_|CERT_|DEPTH|SELF|UNABLE|HOSTNAME|HPE_)/u.test(code)) return code
  return error instanceof Error && error.cause !== undefined && depth < 5 ? causeWithCode(error.cause, depth + 1) : undefined
}

// The answer to a HEAD has no body with a reason: the SDK then names the error after the status.
const BY_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  302: 'TemporaryRedirect',
  307: 'TemporaryRedirect',
  308: 'TemporaryRedirect',
  403: 'AccessDenied',
  404: 'NotFound',
  412: 'PreconditionFailed',
}

function codeOf(error: Error, status: number | undefined): string {
  const { Code: code } = error as { readonly Code?: unknown }
  if (typeof code === 'string' && code !== '') return code
  const isNamed = error.name !== 'Error' && !/^(?:Unknown|UnknownError|\d+|TypeError|SyntaxError)$/u.test(error.name)
  return isNamed ? error.name : (status !== undefined && BY_STATUS[status]) || 'Unknown'
}

function textOf(error: Error, status: number | undefined): string {
  const hasMessage = error.message !== '' && !/^(?:UnknownError|Unknown|\d+)$/u.test(error.message)
  if (hasMessage) return error.message.split('\n', 1)[0] ?? ''
  return status === undefined ? error.name : `HTTP status ${status}`
}
