import { dirname, join } from 'node:path/posix'
import type { Issue } from '../plan/issue.ts'
import { ConfigError } from './render-issues.ts'

export interface FindCall {
  /** The name or path by which the program was started. */
  readonly invokedAs: string
  /** The value of `-f`. */
  readonly file?: string
  readonly exists: (path: string) => Promise<boolean>
  /** The path with all symbolic links resolved. Absent: links are not followed. */
  readonly resolve?: (path: string) => Promise<string>
}

const NATIVE = '/etc/holdfast/holdfast.yaml'
/** The first is used by PALHM if it exists; the second is the name in its manual. */
const PALHM: readonly string[] = ['/etc/palhm/palhm.jsonc', '/etc/palhm/palhm.conf']
const KRISTA: readonly string[] = ['/opt/KristaBackup/config.yaml']

/**
 * The file to load. The value of `-f` is used as given. Otherwise, the name by which the program was started decides: `palhm*` has its own locations;
 * `KristaBackup*` uses the file beside the program, as it was started and beside the targets of links, before its own location; any other name uses
 * the native file, otherwise the only file of an ancestor. Never searches the caller's folder.
 *
 * Rejects with `ConfigError` if there is none, if there are files of two ancestors, or if the value of `-f` is empty.
 */
export async function findConfig({ invokedAs, file, exists, resolve }: FindCall): Promise<string> {
  if (file === '')
    throw new ConfigError([{ severity: 'error', file, path: '', message: 'the file name after -f is empty', hint: 'Specify the file, or omit -f.' }])
  if (file !== undefined) return file
  const first = async (paths: readonly string[]) => {
    for (const path of paths) if (await exists(path)) return path
    return undefined
  }
  const name = invokedAs.slice(invokedAs.lastIndexOf('/') + 1)
  if (/^krista/iu.test(name)) {
    const beside = await besideProgram(invokedAs, resolve)
    return (await first([...beside, ...KRISTA])) ?? refuse([...new Set([...beside, ...KRISTA])])
  }
  if (/^palhm/iu.test(name)) return (await first(PALHM)) ?? refuse(PALHM)
  if (await exists(NATIVE)) return NATIVE
  const found = [await first(PALHM), await first(KRISTA)].filter((it) => it !== undefined)
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  return refuse(found.length === 0 ? [NATIVE, ...PALHM, ...KRISTA] : found, found.length > 0)
}

/** The file beside the program, as it was started and beside the targets of links; none if only the name is known. */
async function besideProgram(path: string, resolve: FindCall['resolve']): Promise<readonly string[]> {
  if (!path.startsWith('/')) return []
  const target = await resolve?.(path).catch(() => undefined)
  return [path, ...(target === undefined ? [] : [target])].map((it) => join(dirname(it), 'config.yaml'))
}

function refuse([file = '', ...others]: readonly string[], exist = false): never {
  const list = [file, ...others].map((it) => JSON.stringify(it)).join(exist ? ' and ' : ' nor ')
  const message = exist ? `found several configurations: ${list}` : `configuration not found: neither ${list} exists`
  const issue: Issue = {
    severity: 'error',
    file,
    path: '',
    message,
    hint: exist ? 'Specify the file with -f.' : 'Specify the file with -f, or create one with "holdfast init".',
  }
  throw new ConfigError([issue])
}
