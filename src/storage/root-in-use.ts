import type { LocalfsStorageSpec } from '../plan/plan.ts'
import type { MountGuard } from './mount-guard.ts'
import { probeRoot } from './probe.ts'
import { checkRequiredMount } from './required-place.ts'
import type { Call } from './storage.ts'
import { naming } from './system-errors.ts'

/** The root of a storage, judged before anything is done with it. */
export interface RootInUse {
  /**
   * Rejects with `storage/unreachable` when the root does not answer, with `storage/mount-missing` when a file system is not mounted that the plan
   * requires or that held the root after the last set. Makes nothing. What was good once is asked again only when `anew`.
   */
  check(call: Call, options?: { readonly anew: boolean }): Promise<void>
}

export function rootInUse(root: string, { spec, guard }: { readonly spec: LocalfsStorageSpec; readonly guard: MountGuard }): RootInUse {
  let isGood = false
  return {
    async check({ signal }, { anew } = { anew: false }) {
      if (isGood && !anew) return
      isGood = false
      await probeRoot(root, signal)
      await naming('look at', root, () => checkRequiredMount(root, spec))
      await naming('look at the mount of', root, () => guard.check())
      isGood = true
    },
  }
}
