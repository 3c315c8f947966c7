import { AppError } from '../lib/errors.ts'
import type { Issue } from '../plan/issue.ts'
import { renderIssue } from './render-issues.ts'

/** A configuration from which no plan can be made. `issues` holds everything found, warnings too; the message tells the first error and how many more there are. */
export class ConfigError extends AppError {
  readonly code = 'config/invalid'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const [first, ...more] = issues.filter((it) => it.severity === 'error')
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`
    super(first ? `${renderIssue({ ...first, hint: '' })}${others}` : 'invalid configuration', { hint: first?.hint })
    this.issues = issues
  }
}
