import type { FileReader, Loaded } from '../plan/loading.ts'
import type { Dialect, Plan } from '../plan/plan.ts'
import { ANCESTORS, type LoadDeps } from './ancestors.ts'
import { ConfigError } from './render-issues.ts'

/**
 * Loads a configuration in any dialect, which is determined by the name of the file, with links resolved, and for the two YAML dialects by its
 * contents. `invokedAs`: the name by which the program was started, which decides if the file is ambiguous. `dialect`: the caller knows it. Never rejects
 * because of the contents of the files: see `Loaded`.
 */
export async function loadConfig(file: string, deps: LoadDeps & { readonly invokedAs?: string; readonly dialect?: Dialect }): Promise<Loaded> {
  const dialect = deps.dialect ?? (await dialectOf(file, deps))
  if (dialect !== 'native') return (await ANCESTORS[dialect].load())(file, deps)
  return (await import('./native/load.ts')).loadNative(file, deps)
}

async function dialectOf(file: string, deps: LoadDeps & { readonly invokedAs?: string }): Promise<Dialect> {
  // A file that cannot be resolved is reported by the loader.
  const resolved = await deps.reader.resolve(file).catch(() => file)
  // KristaBackup reads a file with any name, such as a copy, as YAML.
  const isOfKrista = /^krista/iu.test(deps.invokedAs ?? '') && !/\.(?:jsonc?|conf)$/iu.test(resolved)
  if (!/\.ya?ml$/iu.test(resolved) && !isOfKrista) return 'palhm'
  return (await isKrista(resolved, deps)) ? 'krista' : 'native'
}

async function isKrista(file: string, { reader, invokedAs = '' }: { readonly reader: FileReader; readonly invokedAs?: string }): Promise<boolean> {
  // Unreadable files are reported by the loader.
  const text = Buffer.from(await reader.read(file).catch(() => new Uint8Array())).toString('latin1')
  const hasKey = (keys: string) => new RegExp(`^["']?(?:${keys})["']?[ \\t]*:(?:[ \\t]|\\r?$)`, 'mu').test(text)
  if (hasKey('version|tasks|storages')) return false
  return hasKey('naming|schedule|actions') || /^krista/iu.test(invokedAs)
}

/** The plan, or a `ConfigError` with all errors. */
export function planOf({ plan, issues }: Loaded): Plan {
  if (plan) return plan
  throw new ConfigError(issues)
}
