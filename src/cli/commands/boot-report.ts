import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { bootReportOf, previewBootReport, sendBootReport } from '../../app/messages/send-boot-report.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import { describeNotifier } from '../../plan/notify.ts'
import type { Message } from '../../report/message.ts'
import { effectiveVerbosity, hasFlag, type Invocation } from '../args/options.ts'
import { type CliHost, withNotesFrom } from '../cli-host.ts'

/** `boot-report`. Exits with the code of the mail program, or with 1 after another failure. */
export async function bootReport(invocation: Invocation, plainWorld: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, plainWorld.env)
  const spec = bootReportOf(plan)
  const host = withNotesFrom(plainWorld, effectiveVerbosity(invocation.global, plan.verbosity))
  host.signals.arm()
  try {
    if (!hasFlag(invocation, 'dryRun')) return { code: await sendBootReport(spec, host) }
    host.stdout.write(renderDry(spec, await previewBootReport(spec, host)))
    return exitWith('ok')
  } catch (error) {
    const signal = host.signals.stoppedBy()
    if (signal === undefined) throw error
    return { code: 1, signal }
  }
}

function renderDry({ to }: BootReportSpec, { subject, text }: Message): string {
  const places = to.map((it) => `would be sent by "${it.name}": ${describeNotifier(it)}\n`)
  return `${places.join('')}\n${subject}\n\n${text}`
}
