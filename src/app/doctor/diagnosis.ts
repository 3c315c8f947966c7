import { AppError, messageOf } from '../../lib/errors.ts'
import { settledWithin } from '../../lib/settled-within.ts'

/** The parts of an installation, in the order in which they are examined. */
export type Area = 'program' | 'configuration' | 'programs' | 'secrets' | 'keys' | 'state' | 'clock' | 'mounts' | 'storages' | 'schedules'

/** One fact about an installation. `error`: backups fail or are not started. `warning`: they may fail, or something is missing that a restore needs. */
export interface Diagnosis {
  readonly area: Area
  readonly state: 'ok' | 'warning' | 'error'
  /** One line, lower case, without a full stop. */
  readonly message: string
  /** What to do, as a sentence. */
  readonly hint?: string
}

const LIMIT_MS = 30_000

/** The facts that `examine` finds. Its failure, and a missing answer, are facts, too: never rejects. */
export async function diagnose(area: Area, examine: () => Promise<readonly Diagnosis[]>): Promise<readonly Diagnosis[]> {
  const work = examine()
  if (!(await settledWithin(LIMIT_MS, work)))
    return [{ area, state: 'error', message: `timed out after ${LIMIT_MS / 1000} s`, hint: 'Check for a mount or a server that is down.' }]
  return work.catch((error: unknown) => [diagnosisOf(area, error)])
}

export function diagnosisOf(area: Area, error: unknown): Diagnosis {
  const hint = error instanceof AppError ? error.hint : undefined
  return { area, state: 'error', message: messageOf(error), ...(hint !== undefined && { hint }) }
}
