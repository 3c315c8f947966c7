import type { BootReportSpec } from '../../plan/boot-report.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import { areBracesFilled } from '../native/notify/boot-report.ts'
import type { NewValue } from './convert-command.ts'
import type { Remarks } from './remarks.ts'

/** The boot report in the native format, and its notifier; undefined, with a remark, if it cannot be expressed. */
export function convertBootReport(
  { to, subject, header, uptimeSince, uptime, bootId, waitFor, delayMs }: BootReportSpec,
  remarks: Remarks,
): { readonly report: NewValue; readonly notifiers: readonly (readonly [string, NewValue])[] } | undefined {
  const [first] = to
  const notifier = first === undefined || first.kind === 'stdout' ? [] : convertNotifier(first)
  if (notifier === undefined || !areBracesFilled(subject) || !areBracesFilled(header)) {
    remarks.add('The boot report was omitted: its recipients, or the placeholders in its subject or header, are not supported in the native format.')
    return undefined
  }
  if (first?.kind === 'stdout') remarks.add('The recipients of the boot report were omitted: it is printed.')
  if (first?.kind === 'mailx') remarks.add('The mail program of the boot report inherits only PATH, HOME, LANG and TZ, not the whole environment.')
  const report = new Map<string, NewValue>([
    ...notifier.map(([name]) => ['to', name] as const),
    ['subject', subject],
    ['header', header],
    ...Object.entries({ 'uptime-since': uptimeSince, uptime, 'boot-id': bootId }).filter(([, isIncluded]) => !isIncluded),
    ['facts', []],
    ...(waitFor === undefined ? [] : [['wait', waitFor] as const]),
    ...(delayMs === 0 ? [] : [['delay', `${delayMs}ms`] as const]),
  ])
  return { report, notifiers: notifier }
}

type Entry = readonly [string, NewValue]

function convertNotifier(spec: NotifierSpec): readonly Entry[] | undefined {
  if (spec.kind === 'mailx') {
    const { command, settings, recipients, limits } = spec
    if (recipients.length === 0 || !recipients.every((it) => /^(?!-)[^\s,\p{Cc}]+$/u.test(it)) || settings.includes('')) return undefined
    const options = settings.length === 0 ? [] : [['settings', settings] as const]
    const limit = ['timeout', `${limits.tryMs / 60_000}m`] as const
    return [['boot-mail', new Map<string, NewValue>([['type', 'mail'], ['to', recipients], ['program', command.argv[0]], ...options, limit])]]
  }
  if (spec.kind !== 'sns' || spec.targets.length === 0 || !spec.targets.every((it) => /^arn:[^\s\p{Cc}]+$/u.test(it))) return undefined
  const { targets, profile, region } = spec
  const place: Entry[] = [
    ...(profile === 'default' ? [] : [['profile', profile] as const]),
    ...(region === undefined ? [] : [['region', region] as const]),
  ]
  return [['boot-topics', new Map<string, NewValue>([['type', 'sns'], ['to', targets], ...place])]]
}
