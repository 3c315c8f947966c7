import { formatDuration } from '../../lib/format.ts'
import { pause } from '../../lib/long-timer.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import type { Message } from '../message.ts'
import { renderBootBody } from './boot-body.ts'
import { type FactsDeps, gatherBootFacts } from './boot-facts.ts'
import { fillHostname } from './fill-hostname.ts'
import { readOutput } from './read-output.ts'

export interface BootReportDeps extends FactsDeps {
  readonly note: (text: string) => void
}

// A start that has not come to its end by then has something in it that waits for us, or for ever.
const WAIT_MS = 15 * 60_000

/** Waits as the plan says, then makes the report. A host that did not start well is reported too. Rejects with `report/template`, and when it is stopped. */
export async function makeBootReport(spec: BootReportSpec, deps: BootReportDeps): Promise<Message> {
  // What cannot be filled in is told at once, not after the wait.
  const subject = fillHostname(spec.subject, deps.host)
  const header = fillHostname(spec.header, deps.host)
  if (spec.waitFor === 'systemd') await waitForSystemd(deps)
  if (spec.delayMs > 0) await pause(spec.delayMs, deps.signal)
  const facts = await gatherBootFacts(spec, deps)
  const text = renderBootBody(header, facts)
  const { 'bood-id': _, ...data } = facts
  return {
    kind: 'boot-report',
    subject,
    text,
    data: { kind: 'boot-report', subject, text, host: deps.host, facts: data },
    fields: { subject, text, kind: 'boot-report', host: deps.host },
    outcome: 'good',
  }
}

/** systemctl(1), is-system-running: it answers with an error also for "degraded", which is what the report is there to tell. */
async function waitForSystemd(deps: BootReportDeps): Promise<void> {
  const { exitCode, stdout } = await readOutput(['systemctl', 'is-system-running', '--wait'], deps, WAIT_MS)
  if (exitCode === undefined) deps.note(`waiting for systemd failed, or timed out after ${formatDuration(WAIT_MS)}: the report is made now`)
  else if (exitCode !== 0) deps.note(`the system state reported by systemd is ${stdout.trim() || 'unknown'}`)
}
