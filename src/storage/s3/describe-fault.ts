import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { StorageError } from '../storage.ts'
import type { Meaning } from '../system-errors.ts'
import { faultOf, isOfTls, type S3Fault } from './s3-fault.ts'

export interface NamedKey {
  readonly bucket: string
  readonly endpoint?: string
}

const CLASS_HINT = 'Restore it from the archive (aws s3api restore-object), and try again when it is available.'
const RANGE_HINT = 'The store, or a proxy in front of it, must support the header "range".'
const NET_HINT = 'Check the endpoint and the network.'

/** Errors that an administrator can correct. Amazon S3 API Reference, "List of error codes"; errno(3); OpenSSL's X509_verify_cert_error_string(3). */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    NoSuchKey: { kind: 'not-found', words: 'object not found' },
    NoSuchBucket: { kind: 'unreachable', words: 'bucket not found', hint: 'Correct the name of the bucket, or create the bucket.' },
    InvalidBucketName: { kind: 'unreachable', words: 'invalid bucket name', hint: 'Correct the name of the bucket.' },
    AccessDenied: {
      kind: 'denied',
      words: 'access denied',
      hint: 'The account needs the permissions to get, put, delete and list objects, and to abort and list uploads. Object lock can also be the cause.',
    },
    InvalidAccessKeyId: { kind: 'denied', words: 'unknown access key', hint: 'Correct the access key, or the profile.' },
    SignatureDoesNotMatch: { kind: 'denied', words: 'invalid secret key', hint: 'Correct the secret key, or the profile.' },
    ExpiredToken: {
      kind: 'denied',
      words: 'the credentials have expired',
      hint: 'Renew them (aws sso login), or use credentials that do not expire.',
    },
    InvalidToken: { kind: 'denied', words: 'invalid session token', hint: 'Renew the credentials.' },
    NoCredentials: {
      kind: 'denied',
      words: 'no credentials found',
      hint: 'Set keys or a profile in the configuration, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
    },
    RequestTimeTooSkewed: { kind: 'denied', words: 'the clocks of this host and the server differ too much', hint: 'Correct the clock.' },
    TemporaryRedirect: { kind: 'unreachable', words: 'the bucket is in another region', hint: 'Set its region in the configuration.' },
    PermanentRedirect: { kind: 'unreachable', words: 'the bucket is in another region', hint: 'Set its region in the configuration.' },
    AuthorizationHeaderMalformed: { kind: 'unreachable', words: 'wrong region', hint: 'Set the region of the bucket in the configuration.' },
    IllegalLocationConstraintException: {
      kind: 'unreachable',
      words: 'the bucket is in another region',
      hint: 'Set its region in the configuration.',
    },
    QuotaExceeded: { kind: 'full', words: 'quota exceeded', hint: 'Raise the quota, or keep fewer sets.' },
    ...Object.fromEntries(
      ['QuotaExceededException', 'StorageQuotaExceeded', 'BucketQuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'TotalStorageLimitExceeded'].map(
        (code) => [code, { kind: 'full' as const, words: 'quota exceeded', hint: 'Raise the quota, or keep fewer sets.' }],
      ),
    ),
    InsufficientStorage: { kind: 'full', words: 'the store is full', hint: 'Free some space in the store, or keep fewer sets.' },
    XMinioStorageFull: { kind: 'full', words: 'the store is full', hint: 'Free some space in the store, or keep fewer sets.' },
    EntityTooLarge: { kind: 'full', words: 'the object is too large for this store' },
    EntityTooSmall: { kind: 'broken', words: 'a part is smaller than the store accepts', hint: 'Set a larger "part-size" for this storage.' },
    TooManyParts: {
      kind: 'broken',
      words: 'the object has more parts than the store accepts',
      hint: 'Set "max-parts" of this storage to the number that it accepts, or a larger "part-size".',
    },
    UnequalParts: {
      kind: 'broken',
      words: 'the store accepts only parts of the same size',
      hint: 'Set "equal-parts: true" for this storage, and a "part-size" that suffices for the largest object.',
    },
    NoPartCopy: {
      kind: 'broken',
      words: 'the store cannot combine parts',
      hint: 'Set "equal-parts: true" for this storage, and a "part-size" that suffices for the largest object.',
    },
    NoRemoveMany: { kind: 'broken', words: 'the store does not support it; a request is sent for each object instead' },
    InvalidObjectState: { kind: 'broken', words: 'the object is archived', hint: CLASS_HINT },
    InvalidStorageClass: {
      kind: 'broken',
      words: 'unsupported storage class',
      hint: 'Correct the storage class in the configuration.',
    },
    PreconditionFailed: { kind: 'broken', words: 'the object was changed by another program' },
    OtherRange: { kind: 'broken', words: 'the store did not resume at the requested position', hint: RANGE_HINT },
    EndlessList: {
      kind: 'broken',
      words: 'the listing does not end',
      hint: 'The store, or a proxy in front of it, returns the same pages repeatedly. Correct that, or use another store.',
    },
    OtherEncoding: {
      kind: 'broken',
      words: 'the listing contains keys in several encodings',
      hint: 'The store, or a proxy in front of it, must encode keys in listings as it announces ("encoding-type"). Update it, or use another store.',
    },
    UnlistableKey: {
      kind: 'broken',
      words: 'listings of this store cannot contain this name',
      hint: 'Use a name without control characters.',
    },
    TooLarge: {
      kind: 'broken',
      words: 'the answer of the store is too long',
      hint: 'Check the endpoint, and which server answers there.',
    },
    OtherAnswer: {
      kind: 'broken',
      words: 'the answer is not that of an S3 store',
      hint: 'Check the endpoint, and proxies and login pages in front of the store.',
    },
    BrokenList: { kind: 'broken', words: 'the store returned an incomplete listing' },
    Corrupted: {
      kind: 'broken',
      words: 'the data was changed in transit',
      hint: 'Check the network hardware, and proxies that may change data.',
    },
    SlowDown: {
      kind: 'unreachable',
      words: 'the store limits the rate of requests',
      hint: 'Run fewer tasks at the same time, or reduce "parts-at-once".',
    },
    Timeout: { kind: 'unreachable', words: 'no answer from the store', hint: NET_HINT },
    ECONNREFUSED: { kind: 'unreachable', words: 'connection refused', hint: NET_HINT },
    ENOTFOUND: { kind: 'unreachable', words: 'host name not found', hint: 'Correct the endpoint, or check DNS.' },
    EAI_AGAIN: { kind: 'unreachable', words: 'no answer from DNS', hint: 'Check the DNS settings of this host.' },
    EPROTO: {
      kind: 'unreachable',
      words: 'TLS protocol error',
      hint: 'Check whether the endpoint must begin with "http:" or "https:".',
    },
  }),
)

const TLS_HINT = 'If the store uses its own certificate authority, set "ca-file" to its certificate; if the certificate has expired, renew it.'

/** A thrown error as a `StorageError` that names the object, or the bucket. */
export function describeFault(thrown: unknown, doing: string, place: NamedKey): AppError {
  const known = appErrorIn(thrown)
  if (known !== undefined) return known
  const fault = faultOf(thrown)
  if (fault.fault === 'Aborted') return new StorageError('aborted', `stopped before completion: ${doing}`, { cause: thrown })
  const { kind, words, hint: usual } = redirectIn(fault) ?? meaningOf(fault)
  const hint = fault.region === undefined ? usual : `Set "region" of this storage to "${fault.region}".`
  // The server's message often contains the missing permission; a status alone has no more information.
  const answer = /^(?:HTTP status|no answer)/u.test(fault.message) ? undefined : new Error(fault.message)
  return new StorageError(kind, `could not ${doing}: ${words}${whereOf(fault, place)}`, {
    ...(answer && { cause: answer }),
    ...(hint !== undefined && { hint }),
  })
}

/** A redirect that names a host, and no region: of AWS, and of proxies and gateways. */
function redirectIn({ otherHost, region }: S3Fault): Meaning | undefined {
  if (otherHost === undefined || region !== undefined) return undefined
  return {
    kind: 'unreachable',
    words: `the store redirects to another host: "${printable(otherHost)}"`,
    hint: 'Nothing is sent to a host that is not configured. If it is a host of the store, set "endpoint" to it, or "region" to that of the bucket.',
  }
}

function meaningOf(fault: S3Fault): Meaning {
  // Backblaze B2 denies access if a cap of the account is reached.
  const isQuota = fault.status === 403 && /\bcap exceeded|\bquota\b.*exceeded/iu.test(fault.message)
  const known = MEANINGS.get(isQuota ? 'QuotaExceeded' : fault.fault)
  if (known !== undefined) return known
  const detail = printable(`${fault.fault}${fault.message === fault.fault ? '' : `, ${fault.message}`}`)
  if (isOfTls(fault.fault)) return { kind: 'unreachable', words: `certificate not trusted (${detail})`, hint: TLS_HINT }
  if (fault.status === 401 || fault.status === 403) return { kind: 'denied', words: `rejected by the store (${detail})` }
  if (fault.status === 507) return { kind: 'full', words: `the store is full (${detail})` }
  if (fault.status !== undefined && fault.status < 500) return { kind: 'broken', words: `rejected by the store (${detail})` }
  if (fault.status !== undefined) return { kind: 'unreachable', words: `the store failed (${detail})`, hint: 'Check the store, and try again.' }
  if (/^[A-Z_]+$/u.test(fault.fault)) return { kind: 'unreachable', words: `connection failed (${detail})`, hint: NET_HINT }
  return { kind: 'broken', words: detail }
}

function whereOf({ fault }: S3Fault, { bucket, endpoint }: NamedKey): string {
  if (/Bucket/u.test(fault)) return `: "${printable(bucket)}"`
  return endpoint !== undefined && (/^E[A-Z_]+$/u.test(fault) || fault === 'Timeout') ? ` at "${printable(endpoint)}"` : ''
}

/** Errors of Holdfast that are already readable, such as a missing secret. */
function appErrorIn(thrown: unknown): AppError | undefined {
  for (let it = thrown, depth = 0; it instanceof Error && depth < 5; it = it.cause, depth += 1) if (it instanceof AppError) return it
  return undefined
}
