import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { StorageError, type StorageErrorKind } from '../storage.ts'
import { faultOf, isOfTls, type S3Fault } from './s3-fault.ts'

export interface Place {
  readonly bucket: string
  readonly endpoint?: string
}

interface Meaning {
  readonly kind: StorageErrorKind
  readonly words: string
  readonly hint?: string
}

const CLASS_HINT = 'It lies in an archive: ask the store to bring it back (aws s3api restore-object), and try again when it is there.'
const RANGE_HINT = 'The store, or a proxy before it, does not give a part of an object: have it obey the header "range".'
const NET_HINT = 'See whether the endpoint is right and the network is up.'

/** What an administrator can do something about. Amazon S3 API Reference, "List of error codes"; errno(3); OpenSSL's X509_verify_cert_error_string(3). */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    NoSuchKey: { kind: 'not-found', words: 'there is no such object' },
    NoSuchBucket: { kind: 'unreachable', words: 'there is no such bucket', hint: 'Correct the name of the bucket, or make it.' },
    InvalidBucketName: { kind: 'unreachable', words: 'the name of the bucket is none', hint: 'Correct the name of the bucket.' },
    AccessDenied: {
      kind: 'denied',
      words: 'access denied',
      hint: 'The account needs to get, put, delete and list objects there, and to abort and list uploads. Object lock may forbid it as well.',
    },
    InvalidAccessKeyId: { kind: 'denied', words: 'the access key is not known there', hint: 'Correct the access key, or the profile.' },
    SignatureDoesNotMatch: { kind: 'denied', words: 'the secret key is wrong', hint: 'Correct the secret key, or the profile.' },
    ExpiredToken: { kind: 'denied', words: 'the credentials have expired', hint: 'Renew them (aws sso login), or use ones that do not expire.' },
    InvalidToken: { kind: 'denied', words: 'the session token is not valid', hint: 'Renew the credentials.' },
    NoCredentials: {
      kind: 'denied',
      words: 'no credentials were found',
      hint: 'Name keys or a profile in the configuration, or give them by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    },
    RequestTimeTooSkewed: { kind: 'denied', words: 'the clock of this host is too far from that of the server', hint: 'Set the clock right.' },
    PermanentRedirect: { kind: 'unreachable', words: 'the bucket is in another region', hint: 'Name its region in the configuration.' },
    AuthorizationHeaderMalformed: { kind: 'unreachable', words: 'the region is wrong', hint: 'Name the region of the bucket in the configuration.' },
    IllegalLocationConstraintException: {
      kind: 'unreachable',
      words: 'the bucket is in another region',
      hint: 'Name its region in the configuration.',
    },
    QuotaExceeded: { kind: 'full', words: 'the quota is used up', hint: 'Raise the quota, or lower the limits of what is kept.' },
    InsufficientStorage: { kind: 'full', words: 'the store is full', hint: 'Make room in the store, or lower the limits of what is kept.' },
    XMinioStorageFull: { kind: 'full', words: 'the store is full', hint: 'Make room in the store, or lower the limits of what is kept.' },
    EntityTooLarge: { kind: 'full', words: 'the object is too large for this store' },
    InvalidObjectState: { kind: 'broken', words: 'it cannot be read at once', hint: CLASS_HINT },
    InvalidStorageClass: {
      kind: 'broken',
      words: 'the store does not know this storage class',
      hint: 'Correct the storage class in the configuration.',
    },
    PreconditionFailed: { kind: 'broken', words: 'it was changed meanwhile' },
    OtherRange: { kind: 'broken', words: 'the store did not go on where the connection broke', hint: RANGE_HINT },
    EndlessList: {
      kind: 'broken',
      words: 'the list of the store has no end',
      hint: 'The store, or a proxy before it, gives the same pages again and again: see to it, or use another store.',
    },
    TooLarge: {
      kind: 'broken',
      words: 'the answer of the store is too long',
      hint: 'See whether the endpoint is right, and what answers there.',
    },
    BrokenList: { kind: 'broken', words: 'the store did not give all of the list' },
    Corrupted: {
      kind: 'broken',
      words: 'the bytes were changed on their way',
      hint: 'Look for a broken network card, or for a proxy that changes what passes.',
    },
    SlowDown: {
      kind: 'unreachable',
      words: 'the store asks for fewer requests',
      hint: 'Let fewer tasks run at the same time, or lower "parts-at-once".',
    },
    Timeout: { kind: 'unreachable', words: 'the store does not answer', hint: NET_HINT },
    ECONNREFUSED: { kind: 'unreachable', words: 'nobody answers at that address', hint: NET_HINT },
    ENOTFOUND: { kind: 'unreachable', words: 'the name of its host is not known', hint: 'Correct the endpoint, or see to the name service.' },
    EAI_AGAIN: { kind: 'unreachable', words: 'the name service does not answer', hint: 'See to the name service of this host.' },
    EPROTO: {
      kind: 'unreachable',
      words: 'it does not speak TLS as it should',
      hint: 'See whether the endpoint is to begin with "http:" or with "https:".',
    },
  }),
)

const TLS_HINT = 'Where the store has an authority of its own, name its certificate by "ca-file"; where the certificate is old, renew it.'

/** Anything thrown while doing something there, as a `StorageError` that names the object, or the bucket. */
export function nameFault(thrown: unknown, doing: string, place: Place): AppError {
  const known = appErrorIn(thrown)
  if (known !== undefined) return known
  const fault = faultOf(thrown)
  if (fault.fault === 'Aborted') return new StorageError('aborted', `stopped before the end: ${doing}`, { cause: thrown })
  const { kind, words, hint } = meaningOf(fault)
  // What the server says in its own words often names the right that is missing; a status alone says nothing more.
  const said = /^(?:HTTP status|no answer)/u.test(fault.message) ? undefined : new Error(fault.message)
  return new StorageError(kind, `cannot ${doing}: ${words}${whereOf(fault, place)}`, {
    ...(said && { cause: said }),
    ...(hint !== undefined && { hint }),
  })
}

function meaningOf(fault: S3Fault): Meaning {
  const known = MEANINGS.get(fault.fault)
  if (known !== undefined) return known
  const said = printable(`${fault.fault}${fault.message === fault.fault ? '' : `, ${fault.message}`}`)
  if (isOfTls(fault.fault)) return { kind: 'unreachable', words: `its certificate is not trusted (${said})`, hint: TLS_HINT }
  if (fault.status === 401 || fault.status === 403) return { kind: 'denied', words: `the store refused it (${said})` }
  if (fault.status === 507) return { kind: 'full', words: `the store is full (${said})` }
  if (fault.status !== undefined && fault.status < 500) return { kind: 'broken', words: `the store refused it (${said})` }
  if (fault.status !== undefined) return { kind: 'unreachable', words: `the store failed (${said})`, hint: 'See to the store, and try again.' }
  if (/^[A-Z_]+$/u.test(fault.fault)) return { kind: 'unreachable', words: `the connection failed (${said})`, hint: NET_HINT }
  return { kind: 'broken', words: said }
}

function whereOf({ fault }: S3Fault, { bucket, endpoint }: Place): string {
  if (/Bucket/u.test(fault)) return ` as "${printable(bucket)}"`
  return endpoint !== undefined && (/^E[A-Z_]+$/u.test(fault) || fault === 'Timeout') ? ` at "${printable(endpoint)}"` : ''
}

/** What we ourselves have put in words already, such as a secret that is missing. */
function appErrorIn(thrown: unknown): AppError | undefined {
  for (let it = thrown, depth = 0; it instanceof Error && depth < 5; it = it.cause, depth += 1) if (it instanceof AppError) return it
  return undefined
}
