import type { Problem } from '../../../src/api/schema/problem.ts'

/** A failed request: the problem that the server returned (RFC 9457), or the reason for a missing response. */
export class RequestFailure extends Error {
  /** `offline`: no response; `timeout`: no response in time; `foreign`: the response is not from Holdfast. */
  readonly reason: 'problem' | 'offline' | 'timeout' | 'foreign'
  readonly problem: Problem | undefined

  constructor(reason: RequestFailure['reason'], problem?: Problem) {
    super(problem?.detail ?? problem?.title ?? reason)
    this.name = 'RequestFailure'
    this.reason = reason
    this.problem = problem
  }

  get status(): number {
    return this.problem?.status ?? 0
  }

  get code(): string {
    return this.problem?.code ?? `page/${this.reason}`
  }
}

/** Whether the request can succeed later: there was no response, or the server has a temporary problem. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof RequestFailure) || error.status === 0 || error.status >= 500 || error.status === 429
}

/** The problem in a response; undefined if the response is not from Holdfast. */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && 'code' in body ? (body as Problem) : undefined
}
