import { type LoadDeps, loadPalhm } from '../legacy/palhm/load.ts'
import type { FileReader, Loaded } from '../plan/loading.ts'
import type { Plan } from '../plan/plan.ts'
import { ConfigError } from './render-issues.ts'

/**
 * Loads a configuration in whatever dialect it is written; the name of the file tells which, links resolved, and of two that are YAML, what is said in it.
 * `invokedAs`: the name that the program was started by, which decides where a file says neither. Never rejects for what the files hold: see `Loaded`.
 */
export async function loadConfig(file: string, deps: LoadDeps & { readonly invokedAs?: string }): Promise<Loaded> {
  // A file that cannot be resolved is reported by the loader.
  const resolved = await deps.reader.resolve(file).catch(() => file)
  if (!/\.ya?ml$/iu.test(resolved)) return loadPalhm(file, deps)
  // Half of the start of a run with another dialect would be spent on reading what it does not need.
  if (await isKrista(resolved, deps)) {
    const { loadKrista } = await import('../legacy/krista/load.ts')
    return loadKrista(file, deps)
  }
  const { loadNative } = await import('./native/load.ts')
  return loadNative(file, deps)
}

async function isKrista(file: string, { reader, invokedAs = '' }: { readonly reader: FileReader; readonly invokedAs?: string }): Promise<boolean> {
  // What cannot be read is reported by the loader.
  const text = Buffer.from(await reader.read(file).catch(() => new Uint8Array())).toString('latin1')
  const says = (keys: string) => new RegExp(`^["']?(?:${keys})["']?[ \\t]*:(?:[ \\t]|\\r?$)`, 'mu').test(text)
  if (says('version|tasks|storages')) return false
  return says('naming|schedule|actions') || /^krista/iu.test(invokedAs)
}

/** The plan, or a `ConfigError` with everything that stands in its way. */
export function planOf({ plan, issues }: Loaded): Plan {
  if (plan) return plan
  throw new ConfigError(issues)
}
