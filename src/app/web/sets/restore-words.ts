import type { WebHost } from '../web-host.ts'

export interface RestoreWish {
  readonly task: string
  readonly set: string
  readonly storage?: string | undefined
  readonly object?: string | undefined
  /** Only this member of archives. */
  readonly path?: string | undefined
  readonly target: string
}

/** The words of `restore`, behind those that name the configuration. Names that begin with "-" are no options there. */
export function restoreWords({ task, set, storage, object, path, target }: RestoreWish): readonly string[] {
  return [
    'restore',
    `--to=${target}`,
    ...(storage === undefined ? [] : [`--storage=${storage}`]),
    ...(path === undefined ? [] : [`--path=${path}`]),
    '--',
    task,
    set,
    ...(object === undefined ? [] : [object]),
  ]
}

/** The whole command, for this host. */
export function commandWords(words: readonly string[], { choice: { file } }: Pick<WebHost, 'choice'>): readonly string[] {
  return ['holdfast', ...(file === undefined ? [] : ['-f', file]), ...words]
}
