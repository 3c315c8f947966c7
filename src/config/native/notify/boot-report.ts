import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import type { BootReportSpec } from '../../../plan/boot-report.ts'
import type { NotifierSpec } from '../../../plan/notify.ts'
import type { Context } from '../context.ts'
import { checkForm } from '../schema/check-form.ts'
import { bootReport } from '../schema/notifiers.ts'
import { findNotifiers } from './notify.ts'

const STDOUT: NotifierSpec = { kind: 'stdout', name: 'stdout', limits: { tryMs: 60_000, totalMs: 60_000, retries: 0, pauseMs: 0 }, recipients: [] }
const ALL_FACTS = ['last-shutdown', 'down-time', 'kernel', 'failed-units'] as const

/** Compiles `boot-report`; undefined if it is missing, or invalid, which is reported. */
export function compileBootReport(at: LocatedNode | undefined, context: Context): BootReportSpec | undefined {
  const input = at && checkForm(at, bootReport, context.report)
  if (!at || !input) return undefined
  const to = input.to === undefined ? [STDOUT] : findNotifiers(input.to, memberOf(at, 'to') ?? at, context)
  const { subject = 'Boot report from {hostname}', header = 'This is a boot report from {hostname}.\nMore details as follows.' } = input
  for (const [key, text] of Object.entries({ subject, header })) checkBraces(text, memberOf(at, key) ?? at, context)
  return {
    to,
    subject,
    header,
    uptimeSince: input['uptime-since'] ?? true,
    uptime: input.uptime ?? true,
    bootId: input['boot-id'] ?? true,
    facts: input.facts ?? ALL_FACTS,
    ...(input.wait && { waitFor: input.wait }),
    delayMs: input.delay ?? 0,
  }
}

/** Whether all placeholders can be replaced. */
export function areBracesFilled(text: string): boolean {
  return !/[{}]/u.test(text.replaceAll(/\{\{|\}\}|\{hostname\}/gu, ''))
}

function checkBraces(text: string, at: LocatedNode, { report }: Context): void {
  if (!areBracesFilled(text)) report.error(locationOf(at), 'invalid braces', 'Only {hostname} is supported; write {{ and }} for braces.')
}
