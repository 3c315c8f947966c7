import type { Problem } from '../../../src/api/schema/problem.ts'

/** A failure of a request: what the server said (RFC 9457), or why nothing was said. */
export class RequestFailure extends Error {
  /** `offline`: no answer; `timeout`: not in time; `foreign`: something else than Holdfast answered. */
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

/** Whether the same request may succeed a little later: nothing was answered, or the server has trouble. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof RequestFailure) || error.status === 0 || error.status >= 500 || error.status === 429
}

/** The problem of an answer that is not a success; undefined where something else than Holdfast wrote it. */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && 'code' in body ? (body as Problem) : undefined
}
