import { stat } from 'node:fs/promises'
import { planOf } from '../../config/load.ts'
import type { Loaded } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import { loadText } from '../host/load-plan.ts'
import type { WebHost } from './web-host.ts'

/** The current configuration, read again after one of its files has changed. */
export interface PlanCache {
  /** Rejects with `ConfigError` if there is no configuration. */
  loaded(): Promise<Loaded>
  /** Rejects with `ConfigError`, which contains all issues. */
  plan(): Promise<Plan>
  /** Clears the cache, even if the files have not changed. */
  forget(): void
}

const TRUSTED_MS = 1000
// An invalid configuration can become valid through a file that it does not list.
const BAD_TRUSTED_MS = 3000

export function openPlanCache({ choice, env }: Pick<WebHost, 'choice' | 'env'>): PlanCache {
  let kept: { readonly loaded: Promise<Loaded>; readonly mark: string; atMs: number } | undefined
  const loaded = async (): Promise<Loaded> => {
    const nowMs = performance.now()
    if (kept !== undefined) {
      const known = await kept.loaded.catch(() => undefined)
      const isBad = known?.plan === undefined
      if (nowMs - kept.atMs < (isBad ? BAD_TRUSTED_MS : TRUSTED_MS)) return kept.loaded
      if (!isBad && (await markOf(known.plan?.files ?? [])) === kept.mark) {
        kept.atMs = nowMs
        return kept.loaded
      }
    }
    const loading = loadText(choice, env)
    kept = { loaded: loading, mark: '', atMs: nowMs }
    const { plan } = await loading
    // Determined after reading: a change in between causes another reading.
    kept = { loaded: loading, mark: await markOf(plan?.files ?? []), atMs: nowMs }
    return loading
  }
  return {
    loaded,
    plan: async () => planOf(await loaded()),
    forget: () => {
      kept = undefined
    },
  }
}

async function markOf(files: readonly string[]): Promise<string> {
  const facts = await Promise.all(
    files.map((file) =>
      stat(file, { bigint: true }).then(
        ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
        () => '',
      ),
    ),
  )
  return facts.join('\n')
}
