import { AppError } from '../lib/errors.ts'
import type { Exit } from './exit.ts'

class NotInThisVersion extends AppError {
  readonly code = 'cli/not-in-this-version'
}

/** `boot-report`: not in this version, and says so: a report that silently never comes would be missed too late. */
export async function bootReport(): Promise<Exit> {
  throw new NotInThisVersion('"boot-report" is not in this version, no report was made or sent', {
    hint: 'Leave the unit or crontab line that reports boots as it was, or remove it.',
  })
}
