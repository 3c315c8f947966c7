import { type LoadDeps, loadPalhm } from '../legacy/palhm/load.ts'
import type { Loaded } from '../plan/loading.ts'
import type { Plan } from '../plan/plan.ts'
import { ConfigError } from './config-error.ts'

/**
 * Loads a configuration in whatever dialect it is written; the name of the file tells which, links resolved. Never rejects for what the files hold: see
 * `Loaded`.
 */
export async function loadConfig(file: string, deps: LoadDeps): Promise<Loaded> {
  // A file that cannot be resolved is reported by the loader.
  const resolved = await deps.reader.resolve(file).catch(() => file)
  if (!/\.ya?ml$/iu.test(resolved)) return loadPalhm(file, deps)
  // Half of the start of a run with another dialect would be spent on reading what it does not need.
  const { loadNative } = await import('./native/load.ts')
  return loadNative(file, deps)
}

/** The plan, or a `ConfigError` with everything that stands in its way. */
export function planOf({ plan, issues }: Loaded): Plan {
  if (plan) return plan
  throw new ConfigError(issues)
}
