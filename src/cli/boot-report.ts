import { AppError } from '../lib/errors.ts'
import type { BootReportSpec } from '../plan/boot-report.ts'
import { describeNotifier } from '../plan/notify.ts'
import { makeBootReport } from '../report/boot/make-boot-report.ts'
import type { Message } from '../report/message.ts'
import { ReportError } from '../report/report-error.ts'
import { deliver } from '../report/send/deliver.ts'
import type { SendDeps } from '../report/send/send-deps.ts'
import { asAppError } from '../run/run-error.ts'
import { type Exit, exitWith } from './exit.ts'
import { loadPlan } from './load-plan.ts'
import { effectiveVerbosity, hasFlag, type Invocation } from './options.ts'
import { LEVEL } from './print-event.ts'
import { openSending } from './send-deps.ts'
import { tellFailure } from './tell-failure.ts'
import type { World } from './world.ts'

class NotConfigured extends AppError {
  readonly code = 'cli/not-configured'
}

/** `boot-report`: waits, makes the report, sends it to everybody. Ends as the mail program did; with 1 when something else failed. */
export async function bootReport(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  const spec = plan.bootReport
  if (spec === undefined) throw new NotConfigured('no boot report is configured', { hint: 'Add "boot-report" to the configuration.' })
  const isDry = hasFlag(invocation, 'dryRun')
  const verbosity = effectiveVerbosity(invocation.global, plan.verbosity)
  const note = (text: string) => {
    if (verbosity >= LEVEL.INFO) world.stderr.write(`note: ${text}\n`)
  }
  // A mail program that runs is ended with us.
  world.signals.arm()
  const deps = openSending(world, world.signals.stop)
  try {
    const report = await deps.withProcesses((processes) => makeBootReport(isDry ? withoutWaiting(spec) : spec, { ...deps, processes, note }))
    if (!isDry) return await sendToAll(spec, report, { deps, world })
    world.stdout.write(renderDry(spec, report))
    return exitWith('ok')
  } catch (error) {
    const signal = world.signals.stoppedBy()
    if (signal === undefined) throw error
    return { code: 1, signal }
  }
}

function withoutWaiting({ waitFor: _, ...spec }: BootReportSpec): BootReportSpec {
  return { ...spec, delayMs: 0 }
}

async function sendToAll(spec: BootReportSpec, report: Message, { deps, world }: { readonly deps: SendDeps; readonly world: World }): Promise<Exit> {
  let code = 0
  for (const to of spec.to) {
    try {
      await deliver(to, report, deps)
    } catch (error) {
      deps.signal.throwIfAborted()
      tellFailure(asAppError(error), world)
      const ownCode = (error instanceof ReportError && error.exitCode) || 1
      code = code === 0 ? ownCode : code
    }
  }
  return { code }
}

function renderDry({ to }: BootReportSpec, { subject, text }: Message): string {
  const places = to.map((it) => `would be sent by "${it.name}": ${describeNotifier(it)}\n`)
  return `${places.join('')}\n${subject}\n\n${text}`
}
