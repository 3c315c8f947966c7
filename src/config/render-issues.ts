import { AppError } from '../lib/errors.ts'
import { counted, printable } from '../lib/format.ts'
import { describeLocation, type Issue } from '../plan/issue.ts'
import type { Loaded } from '../plan/loading.ts'

/**
 * A configuration that cannot be compiled to a plan. `issues` contains all errors and warnings; the message consists of the first error and the
 * number of others.
 */
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

/** One line: `FILE:LINE:COLUMN: error: PATH: message. Hint.` Missing parts of an issue are omitted. */
export function renderIssue(issue: Issue): string {
  const { severity, path, message, hint } = issue
  const text = [describeLocation(issue), severity, path, message].filter((it) => it !== '').join(': ')
  return printable(hint ? `${text}. ${hint}` : text)
}

/** All issues, one per line; empty if there are none. */
export function renderIssues(issues: readonly Issue[]): string {
  return issues.map((it) => `${renderIssue(it)}\n`).join('')
}

/** The output of `config check`: the issues, then one line with the result. */
export function renderCheck({ plan, issues }: Loaded): string {
  const errors = issues.filter((it) => it.severity === 'error').length
  const counts = [counted(errors, 'error'), counted(issues.length - errors, 'warning')].join(', ')
  const result = plan ? `${plan.file}: ${counts}; ${counted(plan.tasks.size, 'task')} in ${counted(plan.files.length, 'file')}` : counts
  return `${renderIssues(issues)}${printable(result)}\n`
}
