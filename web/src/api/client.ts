import type { z } from 'zod'
import type { ROUTES, RouteName } from '../../../src/api/routes/all-routes.ts'
import { operations } from './operations.ts'
import { problemOf, RequestFailure } from './problem.ts'

type Table = typeof ROUTES

/** The operations with a JSON response; files and streams are requested by address. */
export type Operation = { [Name in RouteName]: Table[Name]['answer'] extends z.ZodType ? Name : never }[RouteName]

/** The response of an operation, according to the schema of the server. */
export type Answer<Name extends Operation> = Table[Name]['answer'] extends z.ZodType ? z.output<Table[Name]['answer']> : never

type In<Name extends RouteName, Part extends 'query' | 'body'> =
  Table[Name] extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.input<Schema> : never

export interface Input<Name extends RouteName> {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: In<Name, 'query'>
  readonly body?: In<Name, 'body'>
  readonly ifMatch?: string
  /** A repeated request with the same key starts nothing. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

export interface Reply<Name extends Operation> {
  readonly data: Answer<Name>
  readonly etag: string | undefined
}

const LIMIT_MS = 30_000

/** The parts of the session that requests need: the CSRF token, and a login after the session has ended. */
export interface Credentials {
  readonly csrf: () => string
  /** Resolves with whether the user has logged in again, so that the request can be retried. */
  readonly renew: () => Promise<boolean>
}

let credentials: Credentials = { csrf: () => '', renew: async () => false }

export function setCredentials(given: Credentials): void {
  credentials = given
}

/** The address of an operation, below the base path that the server has written into the page. */
export function addressOf<Name extends RouteName>(name: Name, { path = {}, query }: Pick<Input<Name>, 'path' | 'query'> = {}): string {
  const filled = operations[name][1].replace(/\{(\w+)\}/gu, (_, key: string) => encodeURIComponent(path[key] ?? ''))
  const url = new URL(`api/v1${filled}`, document.baseURI)
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') url.searchParams.set(key, String(value))
  }
  return url.href
}

/**
 * Sends a request to the server. Rejects with a `RequestFailure`. After the session has ended, the user logs in again, and the request is retried.
 */
export async function request<Name extends Operation>(name: Name, input: Input<Name> = {}): Promise<Reply<Name>> {
  const response = await send(name, input)
  const isLogin = name === 'logIn' || name === 'readSession'
  if (response.status === 401 && !isLogin && (await credentials.renew())) return replyOf<Name>(await send(name, input))
  return replyOf<Name>(response)
}

/** Like `request`, without the headers of the response. */
export async function call<Name extends Operation>(name: Name, input: Input<Name> = {}): Promise<Answer<Name>> {
  return (await request(name, input)).data
}

async function send<Name extends Operation>(name: Name, input: Input<Name>): Promise<Response> {
  const [method] = operations[name]
  const headers = new Headers({ accept: 'application/json, application/problem+json' })
  if (method !== 'GET') headers.set('x-csrf-token', credentials.csrf())
  if (input.body !== undefined) headers.set('content-type', 'application/json')
  if (input.ifMatch !== undefined) headers.set('if-match', input.ifMatch)
  if (input.idempotencyKey !== undefined) headers.set('idempotency-key', input.idempotencyKey)
  const limit = AbortSignal.timeout(LIMIT_MS)
  try {
    return await fetch(addressOf(name, input), {
      method,
      headers,
      body: input.body === undefined ? null : JSON.stringify(input.body),
      signal: input.signal ? AbortSignal.any([input.signal, limit]) : limit,
    })
  } catch (error) {
    if (input.signal?.aborted) throw error
    throw new RequestFailure(limit.aborted ? 'timeout' : 'offline')
  }
}

async function replyOf<Name extends Operation>(response: Response): Promise<Reply<Name>> {
  const etag = response.headers.get('etag') ?? undefined
  if (response.status === 204) return { data: null as Answer<Name>, etag }
  if (!response.ok) {
    const problem = await problemOf(response)
    throw new RequestFailure(problem ? 'problem' : 'foreign', problem)
  }
  try {
    return { data: (await response.json()) as Answer<Name>, etag }
  } catch {
    throw new RequestFailure('foreign')
  }
}

/** Random, also if the page was loaded over plain http. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((it) => it.toString(16).padStart(2, '0')).join('')
}
