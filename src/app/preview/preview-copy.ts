import { type CopyDecision, decideCopies } from '../../backup/copy/decide-copies.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'
import { messageOf } from '../../lib/errors.ts'
import type { CopyStep, StorageSpec } from '../../plan/plan.ts'
import { asAppError } from '../../run/run-error.ts'
import { takesLegacy } from '../../run/steps/copy.ts'
import type { Host } from '../host/host.ts'
import { openSetsToRead } from '../host/wire.ts'

/** Which sets would go from one storage to the other, as both are now; what would keep it from being done. */
export async function previewCopy(step: CopyStep, host: Host): Promise<{ readonly copy?: CopyDecision; readonly problems: readonly string[] }> {
  try {
    const [from, to] = [await setsOn(step.from.storage, host), await setsOn(step.to.storage, host)]
    return { copy: decideCopies(from, to, { newest: step.newest, keep: step.to.keep, takesLegacy: takesLegacy(step) }), problems: [] }
  } catch (error) {
    return { problems: [messageOf(asAppError(error))] }
  }
}

async function setsOn(storage: StorageSpec, host: Host): Promise<readonly SetSummary[]> {
  const { sets, close } = await openSetsToRead(storage, host)
  try {
    return await sets.list({ signal: host.signals.stop })
  } finally {
    await close()
  }
}
