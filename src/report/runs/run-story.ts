import type { RunResult } from '../../run/result.ts'
import type { RunProgress } from '../../run/run-progress.ts'

/** All that a message about a run is made from. */
export interface RunStory {
  readonly host: string
  /** The configuration file. */
  readonly config: string
  readonly result: RunResult
  /** What it did. */
  readonly progress: Pick<RunProgress, 'published' | 'expired' | 'madeInAll'>
  /** What the error and its causes know: what to do, and what the failing program said last. */
  readonly cause: { readonly hint: string | undefined; readonly stderr: string | undefined }
  /** Secrets that the run came to know: they are hidden. */
  readonly secrets: Iterable<string>
}

/** Everything was done. */
export function isGood({ status }: RunResult): boolean {
  return status === 'ok' || status === 'warnings'
}

/** What failed where, as a key: two runs with the same one failed for the same reason. Undefined for a good run. Holds no text that changes from run to run. */
export function causeKey(result: RunResult): string | undefined {
  if (isGood(result)) return undefined
  const { status, error, failedAt } = result
  const place = failedAt && [failedAt.task, failedAt.index + 1, failedAt.object ?? ''].join('/')
  return [status, error?.code ?? '', place ?? '', result.signal ?? ''].join(' ')
}
