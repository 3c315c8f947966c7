import type { AppError } from '../lib/errors.ts'
import type { FailurePlace } from '../run/result.ts'
import { paintFor } from './paint.ts'
import { renderFailure } from './print-failure.ts'
import type { World } from './world.ts'

/** Writes one failure to stderr, for people. Their stack is for us: it comes only when asked for. */
export function tellFailure(error: AppError, world: World, place?: FailurePlace): void {
  world.stderr.write(renderFailure(error, paintFor(world.stderr, world.env), place))
  tellStack(error, world)
}

/** With `HOLDFAST_DEBUG=1`: where in the program an error came up, and what caused it. */
function tellStack(error: unknown, { stderr, env }: World): void {
  if (env['HOLDFAST_DEBUG'] !== '1') return
  for (let it = error; it instanceof Error; it = it.cause) stderr.write(`${it.stack ?? it.message}\n`)
}
