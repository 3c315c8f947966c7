/** An error or a warning about a configuration, with its location. */
export interface Issue {
  readonly severity: 'error' | 'warning'
  readonly file: string
  /** 1-based; absent if the issue concerns the whole file (missing, unreadable). */
  readonly line?: number
  /** 1-based, in characters. */
  readonly column?: number
  /** Location in the document: `tasks[0].objects[2].pipeline`. Empty for the top level. */
  readonly path: string
  /** Lower case, one line, no full stop. Never contains a value of `env`. */
  readonly message: string
  /** A sentence with a full stop: what to do; often the name of a similar key. */
  readonly hint?: string
}

/** `FILE:LINE:COLUMN`, as far as they are known. */
export function describeLocation({ file, line, column }: Pick<Issue, 'file' | 'line' | 'column'>): string {
  return [file, line, column].filter((it) => it !== undefined).join(':')
}
