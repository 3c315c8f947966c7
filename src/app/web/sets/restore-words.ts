import type { WebHost } from '../web-host.ts'

export interface RestoreRequest {
  readonly task: string
  readonly set: string
  readonly storage?: string | undefined
  readonly object?: string | undefined
  /** Only this member of archives. */
  readonly path?: string | undefined
  readonly target: string
  readonly dryRun?: boolean
}

/** The arguments of `restore`, which follow the options that select the configuration. Names that begin with "-" are not parsed as options. */
export function restoreWords({ task, set, storage, object, path, target, dryRun }: RestoreRequest): readonly string[] {
  return [
    'restore',
    ...(dryRun ? ['--dry-run'] : []),
    `--to=${target}`,
    ...(storage === undefined ? [] : [`--storage=${storage}`]),
    ...(path === undefined ? [] : [`--path=${path}`]),
    '--',
    task,
    set,
    ...(object === undefined ? [] : [object]),
  ]
}

/** The complete command, for this host. */
export function commandWords(words: readonly string[], { choice: { file } }: Pick<WebHost, 'choice'>): readonly string[] {
  return ['holdfast', ...(file === undefined ? [] : ['-f', file]), ...words]
}
