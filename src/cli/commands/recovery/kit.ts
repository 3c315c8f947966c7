import { hostname } from 'node:os'
import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { recoveryKit } from '../../../app/recovery/recovery-kit.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { renderKit } from '../../render/render-kit.ts'

/** `kit [TASK]`. Exits with 1 if a storage could not be read: the sheet is incomplete then. */
export async function kitCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task] = invocation.args
  const kit = await recoveryKit({ plan, task, storage: storageOption(invocation), ...rootChoices(invocation) }, host)
  const about = { host: hostname(), at: host.clock() }
  host.stdout.write(hasFlag(invocation, 'json') ? `${JSON.stringify({ ...about, ...kit })}\n` : renderKit(kit, about))
  return exitOf(kit.isWhole, host.signals)
}
