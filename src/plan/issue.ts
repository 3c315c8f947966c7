/** One thing wrong (error) or worth knowing (warning) about a configuration, with its place. */
export interface Issue {
  readonly severity: 'error' | 'warning'
  readonly file: string
  /** 1-based; absent when the trouble is the whole file (missing, unreadable). */
  readonly line?: number
  /** 1-based, in characters. */
  readonly column?: number
  /** Where in the document: `tasks[0].objects[2].pipeline`. Empty for the top. */
  readonly path: string
  /** Lower case, one line, no full stop. Never carries a value of `env`. */
  readonly message: string
  /** A sentence with a full stop: what to do; often a near-miss suggestion. */
  readonly hint?: string
}

/** `FILE:LINE:COLUMN`, as far as they are known. */
export function describeLocation({ file, line, column }: Pick<Issue, 'file' | 'line' | 'column'>): string {
  return [file, line, column].filter((it) => it !== undefined).join(':')
}
