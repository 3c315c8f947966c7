import type { Redactor } from '../../lib/redactor/redactor.ts'
import type { RunProgress } from '../../run/fold-events.ts'
import type { RunResult } from '../../run/run-result.ts'

/** The input of a message about a run. */
export interface RunStory {
  readonly host: string
  /** The configuration file. */
  readonly config: string
  readonly result: RunResult
  /** The actions and results of the run. */
  readonly progress: Pick<RunProgress, 'published' | 'expired' | 'madeInAll'>
  /** Data of the error and its causes: the hint, and the last output of the failed program. */
  readonly cause: { readonly hint: string | undefined; readonly stderr: string | undefined }
  /** Secrets that the run has read, which are masked. */
  readonly redactor: Redactor
}

/** Everything succeeded. */
export function isGood({ status }: RunResult): boolean {
  return status === 'ok' || status === 'warnings'
}

/**
 * The cause of a failure as a key: two runs with the same key failed for the same reason. Undefined for a successful run. Contains no text that
 * varies between runs.
 */
export function causeKey(result: RunResult): string | undefined {
  if (isGood(result)) return undefined
  const { status, error, failedAt } = result
  const place = failedAt && [failedAt.task, failedAt.index + 1, failedAt.object ?? ''].join('/')
  return [status, error?.code ?? '', place ?? '', result.signal ?? ''].join(' ')
}
