import { AppError, errorsOf, messageOf, systemCode } from '../lib/errors.ts'
import { shortageOf } from '../process/resource-shortage.ts'

export type RunErrorKind =
  | 'locked'
  | 'interrupted'
  | 'too-long'
  | 'system'
  | 'internal'
  | 'unsupported'
  | 'misconfigured'
  | 'mount-failed'
  | 'ticket'
  | 'unsafe'

/** A failure of the run itself; errors of its steps keep their class. */
export class RunError extends errorsOf('run')<RunErrorKind> {}

/**
 * Whether an error means only that its work was stopped: the abort error of a room, of Node (`AbortError`), or of a stream that ended before its
 * time. It does not hide the reason of the stop then. A bug that becomes visible by a stop (`run/internal` for any other reason) is reported itself.
 */
export function isStopped({ code, cause }: AppError): boolean {
  if (code.endsWith('/aborted')) return true
  return code === 'run/internal' && ['ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(cause))
}

/** An `AbortError` of the web platform has a number for its code. */
function codeOf(error: unknown): string {
  return error instanceof Error && error.name === 'AbortError' ? 'ABORT_ERR' : (systemCode(error) ?? '')
}

/** Anything thrown, as an `AppError`. An unexpected error is `run/system` if it comes from the system, otherwise `run/internal`: a bug. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const code = systemCode(thrown)
  const kind = code?.startsWith('E') && !code.startsWith('ERR_') ? 'system' : 'internal'
  // Outside of starts of programs, EAGAIN does not mean too many processes.
  const hint = code === 'EAGAIN' ? undefined : shortageOf(code)?.hint
  return new RunError(kind, messageOf(thrown), { cause: thrown, hint })
}
