import type { AppError } from '../../lib/errors.ts'
import { renderFailure } from '../../run/describe/render-failure.ts'
import type { FailureLocation } from '../../run/run-result.ts'
import type { Output } from '../terminal/output.ts'
import { paintFor } from '../terminal/paint.ts'

interface Telling {
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Prints one failure to stderr. The stack is only for developers and printed on request. */
export function printFailure(error: AppError, { stderr, env }: Telling, place?: FailureLocation): void {
  stderr.write(renderFailure(error, paintFor(stderr, env), place))
  // With `HOLDFAST_DEBUG=1`: where in the program an error occurred, and its causes.
  if (env['HOLDFAST_DEBUG'] !== '1') return
  for (let it: unknown = error; it instanceof Error; it = it.cause) stderr.write(`${it.stack ?? it.message}\n`)
}
