import type { Issue } from '../plan/issue.ts'

/** Both 1-based; the column counts characters, not bytes. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A location that an issue can refer to. */
export interface SourceLocation {
  readonly file: string
  /** Where in the document: `tasks[0].objects[2].pipeline`. */
  readonly path: string
  readonly at?: Position
}

/** Collects all issues, so that they can be reported together. */
export interface Report {
  error(spot: SourceLocation, message: string, hint?: string): undefined
  warn(spot: SourceLocation, message: string, hint?: string): undefined
  /** By file in the given order, then by position. */
  issues(files: readonly string[]): readonly Issue[]
}

/** `earlier`: issues that it contains from the beginning. */
export function openReport(earlier: readonly Issue[] = []): Report {
  const issues: Issue[] = [...earlier]
  const add = (severity: Issue['severity'], { file, path, at }: SourceLocation, message: string, hint: string | undefined): undefined => {
    issues.push({ severity, file, ...at, path, message, ...(hint !== undefined && { hint }) })
  }
  return {
    error: (spot, message, hint) => add('error', spot, message, hint),
    warn: (spot, message, hint) => add('warning', spot, message, hint),
    issues: (files) => {
      const rank = new Map(files.map((file, index) => [file, index]))
      return issues.toSorted(
        (a, b) => (rank.get(a.file) ?? -1) - (rank.get(b.file) ?? -1) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
      )
    },
  }
}

/** The path of a key below another path: `tasks.nightly`, `objects["a b"]`. */
export function keyPath(path: string, key: string): string {
  if (!/^[\w$-]+$/u.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}
