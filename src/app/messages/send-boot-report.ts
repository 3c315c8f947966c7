import { AppError } from '../../lib/errors.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import type { Plan } from '../../plan/plan.ts'
import { makeBootReport } from '../../report/boot/make-boot-report.ts'
import type { Message } from '../../report/message.ts'
import { ReportError } from '../../report/report-error.ts'
import { deliver } from '../../report/send/deliver.ts'
import type { SendDeps } from '../../report/send/send-deps.ts'
import { asAppError } from '../../run/run-error.ts'
import type { Host } from '../host/host.ts'
import { openSending } from '../host/open-sending.ts'

class NotConfigured extends AppError {
  readonly code = 'cli/not-configured'
}

/** The plan's boot report. Throws `cli/not-configured`. */
export function bootReportOf({ bootReport }: Plan): BootReportSpec {
  if (bootReport !== undefined) return bootReport
  throw new NotConfigured('no boot report is configured', { hint: 'Add "boot-report" to the configuration.' })
}

/** The report as it would be sent now, without waiting. */
export async function previewBootReport({ waitFor: _, ...spec }: BootReportSpec, host: Host): Promise<Message> {
  return makeReport({ ...spec, delayMs: 0 }, openSending(host, host.signals.stop), host)
}

/**
 * Waits, makes the report, and sends it to all recipients. Resolves with 0, or with the exit code of the first mail program that failed; each failure
 * is reported to `host`.
 */
export async function sendBootReport(spec: BootReportSpec, host: Host): Promise<number> {
  // A running mail program is ended with this process.
  host.signals.arm()
  const deps = openSending(host, host.signals.stop)
  const report = await makeReport(spec, deps, host)
  let code = 0
  for (const to of spec.to) {
    try {
      await deliver(to, report, deps)
    } catch (error) {
      deps.signal.throwIfAborted()
      host.fail(asAppError(error))
      const ownCode = (error instanceof ReportError && error.exitCode) || 1
      code = code === 0 ? ownCode : code
    }
  }
  return code
}

function makeReport(spec: BootReportSpec, deps: SendDeps, { note }: Host): Promise<Message> {
  return deps.withProcesses((processes) => makeBootReport(spec, { ...deps, processes, note }))
}
