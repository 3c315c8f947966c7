import { dirname, join } from 'node:path/posix'
import type { Issue } from '../plan/issue.ts'
import { ConfigError } from './render-issues.ts'

export interface FindCall {
  /** The name or path that the program was started by. */
  readonly invokedAs: string
  /** What `-f` named. */
  readonly file?: string
  readonly exists: (path: string) => Promise<boolean>
  /** The path with every symbolic link resolved. Absent: links are not followed. */
  readonly resolve?: (path: string) => Promise<string>
}

const NATIVE = '/etc/holdfast/holdfast.yaml'
/** The first that exists is the ancestor's; the second is the name that its manual gives. */
const PALHM: readonly string[] = ['/etc/palhm/palhm.jsonc', '/etc/palhm/palhm.conf']
const KRISTA: readonly string[] = ['/opt/KristaBackup/config.yaml']

/**
 * Which file to load. What `-f` names is taken as it is. Else the name that the program was started by decides: `palhm*` has its own places; `KristaBackup*`
 * has the file beside the program, as it was started and where links lead to, before its own place; any other name takes the native file, else the only one
 * of an ancestor. Never looks in the caller's folder.
 *
 * Rejects with `ConfigError` when there is none, or when two ancestors left one.
 */
export async function findConfig({ invokedAs, file, exists, resolve }: FindCall): Promise<string> {
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

/** The file beside the program, as it was started and where links lead to; nothing where only its name is known. */
async function besideProgram(path: string, resolve: FindCall['resolve']): Promise<readonly string[]> {
  if (!path.startsWith('/')) return []
  const target = await resolve?.(path).catch(() => undefined)
  return [path, ...(target === undefined ? [] : [target])].map((it) => join(dirname(it), 'config.yaml'))
}

function refuse([file = '', ...others]: readonly string[], exist = false): never {
  const list = [file, ...others].map((it) => JSON.stringify(it)).join(exist ? ' and ' : ' nor ')
  const message = exist ? `found several configurations: ${list}` : `configuration not found: neither ${list} exists`
  const issue: Issue = { severity: 'error', file, path: '', message, hint: 'Specify the file with -f.' }
  throw new ConfigError([issue])
}
