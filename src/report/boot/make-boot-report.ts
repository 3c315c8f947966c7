import { formatDuration } from '../../lib/format.ts'
import { pause } from '../../lib/long-timer.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import type { Message } from '../message.ts'
import { ReportError } from '../report-error.ts'
import { renderBootBody } from './boot-body.ts'
import { type FactsDeps, gatherBootFacts } from './boot-facts.ts'
import { readOutput } from './read-output.ts'

export interface BootReportDeps extends FactsDeps {
  readonly note: (text: string) => void
}

// A boot that has not finished by then contains a unit that waits for the report, or that never finishes.
const WAIT_MS = 15 * 60_000

/** Waits as configured, then makes the report. A failed boot is reported, too. Rejects with `report/template`, and when it is stopped. */
export async function makeBootReport(spec: BootReportSpec, deps: BootReportDeps): Promise<Message> {
  // Invalid placeholders are reported immediately, not after the wait.
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
    fields: { subject, text, summary: text, kind: 'boot-report', host: deps.host },
    outcome: 'good',
  }
}

/** systemctl(1), is-system-running: the exit code is an error also for "degraded", which is exactly what the report must contain. */
async function waitForSystemd(deps: BootReportDeps): Promise<void> {
  const { exitCode, stdout } = await readOutput(['systemctl', 'is-system-running', '--wait'], deps, WAIT_MS)
  if (exitCode === undefined) deps.note(`waiting for systemd failed, or timed out after ${formatDuration(WAIT_MS)}: the report is made now`)
  else if (exitCode !== 0) deps.note(`the system state reported by systemd is ${stdout.trim() || 'unknown'}`)
}

/**
 * Replaces `{hostname}` in a subject or header by the host name; `{{` and `}}` are literal braces. As in Python's format strings, for which existing
 * configurations were written, the name can be followed by an index, a conversion and a width: `{hostname[0]}`, `{hostname!r:>20}`. Throws
 * `report/template` for anything else in braces.
 */
export function fillHostname(text: string, hostname: string): string {
  return text.replaceAll(/\{\{|\}\}|\{(?<inside>[^{}]*)\}|[{}]/gu, (whole, inside: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole.charAt(0)
    const field = FIELD.exec(inside ?? '')
    const { index, conversion = 's', zero, fill = zero ?? ' ', align = '<', width = '0', precision } = field?.groups ?? {}
    const part = index === undefined ? hostname : [...hostname][Number(index)]
    if (field === null || part === undefined) throw invalidTemplate(whole)
    const value = conversion === 's' ? part : `'${part}'`
    return pad(value.slice(0, precision === undefined ? undefined : Number(precision)), { fill, align, width: Number(width) })
  })
}

const FIELD =
  /^hostname(?:\[(?<index>\d+)\])?(?:!(?<conversion>[sra]))?(?::(?:(?<fill>.)?(?<align>[<>^]))?(?<zero>0)?(?<width>[1-9]\d{0,2})?(?:\.(?<precision>\d{1,3}))?s?)?$/su

function pad(text: string, { fill, align, width }: { readonly fill: string; readonly align: string; readonly width: number }): string {
  if (align === '<') return text.padEnd(width, fill)
  if (align === '>') return text.padStart(width, fill)
  return text.padStart(text.length + Math.max(0, Math.floor((width - text.length) / 2)), fill).padEnd(width, fill)
}

function invalidTemplate(what: string): ReportError {
  if (what === '{' || what === '}')
    return new ReportError('template', 'unmatched brace in the subject or header of the boot report', { hint: 'Write {{ and }} for braces.' })
  return new ReportError('template', `unknown placeholder "${what}" in the subject or header of the boot report`, {
    hint: 'Only {hostname} is supported; write {{ and }} for braces.',
  })
}
