import { openReport, type Report, type SourceLocation } from '../../document/issue-report.ts'
import type { Issue } from '../../plan/issue.ts'

/** A report that suppresses repeated issues at the same location: actions are compiled for every task that uses them. */
export function openDistinctReport(): Report {
  const inner = openReport()
  const reported = new Set<string>()
  const isNew = ({ path, at }: SourceLocation, message: string): boolean => {
    const mark = `${path}\0${at?.line}\0${at?.column}\0${message}`
    if (reported.has(mark)) return false
    reported.add(mark)
    return true
  }
  return {
    error: (spot, message, hint) => (isNew(spot, message) ? inner.error(spot, message, hint) : undefined),
    warn: (spot, message, hint) => (isNew(spot, message) ? inner.warn(spot, message, hint) : undefined),
    issues: inner.issues,
  }
}

/** A report that records whether errors were reported through it. */
export interface Tracked extends Report {
  readonly errors: readonly Issue[]
}

export function track(report: Report): Tracked {
  const errors: Issue[] = []
  return {
    ...report,
    errors,
    error: (spot, message, hint) => {
      errors.push(issueOf('error', spot, message, hint))
      return report.error(spot, message, hint)
    },
  }
}

export function issueOf(severity: Issue['severity'], { file, path, at }: SourceLocation, ...[message, hint]: readonly [string, string?]): Issue {
  return { severity, file, ...at, path, message, ...(hint !== undefined && { hint }) }
}
