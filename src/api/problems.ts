import { randomUUID } from 'node:crypto'
import { AppError, errorsOf, systemCode } from '../lib/errors.ts'
import type { Problem } from './schema/problem.ts'

export type ApiErrorKind =
  | 'not-found'
  | 'method'
  | 'login-required'
  | 'forbidden'
  | 'csrf'
  | 'wrong-host'
  | 'invalid'
  | 'too-large'
  | 'media-type'
  | 'changed'
  | 'precondition'
  | 'too-many-requests'
  | 'peer'
  | 'internal'

const STATUS: Readonly<Record<ApiErrorKind, number>> = {
  'not-found': 404,
  method: 405,
  'login-required': 401,
  forbidden: 403,
  csrf: 403,
  'wrong-host': 421,
  invalid: 422,
  'too-large': 413,
  'media-type': 415,
  changed: 412,
  precondition: 428,
  'too-many-requests': 429,
  peer: 502,
  internal: 500,
}

/** The reason for which a request failed. */
export class ApiError extends errorsOf('api')<ApiErrorKind> {
  readonly kind: ApiErrorKind
  readonly issues: Problem['errors']
  readonly retryAfterMs: number | undefined

  constructor(
    kind: ApiErrorKind,
    message: string,
    more: { readonly hint?: string; readonly issues?: Problem['errors']; readonly retryAfterMs?: number } = {},
  ) {
    super(kind, message, more)
    this.kind = kind
    this.issues = more.issues
    this.retryAfterMs = more.retryAfterMs
  }
}

const TITLES: Readonly<Record<number, string>> = {
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Wrong host name',
  422: 'Invalid request',
  428: 'Precondition required',
  429: 'Too many requests',
  502: 'The other host failed',
  503: 'Not available now',
}

/** The response for an error. An unexpected error does not reveal its message, and one of a database does not reveal the path of its file. */
export function problemOf(error: unknown): Problem {
  const request = randomUUID().slice(0, 8)
  if (!(error instanceof AppError))
    return { type: 'about:blank', title: 'Internal error', status: 500, code: 'api/internal', request, hint: 'See the log of the server.' }
  const status = error instanceof ApiError ? STATUS[error.kind] : statusOf(error.code)
  const retryAfterMs = 'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined
  return {
    ...{ type: 'about:blank', title: TITLES[status] ?? 'Error', status, code: error.code, request },
    ...(OF_DATABASE.test(error.code) ? ofDatabase(error) : { detail: error.message, ...(error.hint !== undefined && { hint: error.hint }) }),
    ...(error instanceof ApiError && error.issues && { errors: error.issues }),
    ...(retryAfterMs !== undefined && { retryAfter: Math.ceil(retryAfterMs / 1000) }),
  }
}

function ofDatabase({ code, cause }: AppError): Pick<Problem, 'detail' | 'hint'> {
  const why = cause instanceof Error && systemCode(cause)?.startsWith('ERR_SQLITE') === true ? `: ${cause.message}` : ''
  return { detail: `could not use the ${code.split('/')[0]}${why}`, hint: 'Check the log of the server and the free space of its state folder.' }
}

const OF_DATABASE = /^(?:journal|accounts)\//u

const BY_CODE: readonly (readonly [RegExp, number])[] = [
  [/^account\/(?:wrong-login|second-factor)$/u, 401],
  [/^account\/too-many-attempts$/u, 429],
  [/^account\/invalid-link$/u, 403],
  [/^account\/(?:already-set-up|duplicate-user|last-admin)$/u, 409],
  [/^account\/busy$/u, 503],
  [/^account\/invalid$/u, 422],
  [/\/(?:unknown[\w-]*|no-run|no-set)$/u, 404],
  [OF_DATABASE, 503],
  [/\/timed-out$/u, 503],
  [/^web\/changed$/u, 412],
  [/^web\/invalid$|^schedule\/|^cli\/usage$/u, 422],
]

function statusOf(code: string): number {
  return BY_CODE.find(([pattern]) => pattern.test(code))?.[1] ?? 409
}
