import { shellWord } from '../../format/shell-word.ts'

interface RestoreRequest {
  readonly task: string
  readonly set?: string | undefined
  readonly storage?: string | undefined
  readonly object?: string | undefined
  readonly path?: string | undefined
  readonly target: string
}

/** The command for a host whose configuration is not available to this server; to be run on that host. */
export function commandElsewhere({ task, set = 'latest', storage, object, path, target }: RestoreRequest): string {
  const options = [`--to=${target}`, ...(storage === undefined ? [] : [`--storage=${storage}`]), ...(path === undefined ? [] : [`--path=${path}`])]
  return ['holdfast', 'restore', ...options, '--', task, set, ...(object === undefined ? [] : [object])].map(shellWord).join(' ')
}
