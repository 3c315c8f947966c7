import { formatDuration } from '../lib/format.ts'
import { looksSecret, maskSecrets } from '../lib/secrets.ts'
import type { BootReportSpec } from '../plan/boot-report.ts'
import { describeCommand } from '../plan/command.ts'
import { type DeliveryLimits, describeAddress, describeNotifier, type NotifierSpec, type NotifyRule } from '../plan/notify.ts'

/** A line, or lines that belong to the one before them. */
export type Lines = readonly (string | Lines)[]

/** Notifiers with their settings, without secrets. */
export function notifierLines(notifiers: readonly NotifierSpec[]): Lines {
  return notifiers.length === 0 ? ['none'] : notifiers.flatMap((it) => [`${titleOf(it)}:`, [...settingLines(it), limitLine(it.limits)]])
}

/** The notifications of a task. */
export function notifyLines(rules: readonly NotifyRule[] = []): Lines {
  return rules.map(({ to, on, remindMs }) => {
    const again = on.includes('change') && remindMs > 0 ? `, repeated after ${formatDuration(remindMs)}` : ''
    return `notifies: ${to.name} (${describeNotifier(to)}) on ${on.join(', ')}${again}`
  })
}

export function bootReportLines(report: BootReportSpec): Lines {
  return [
    ...report.to.flatMap((it) => [`sent by: ${titleOf(it)}`, settingLines(it)]),
    `subject: ${JSON.stringify(report.subject)}`,
    `header: ${JSON.stringify(report.header)}`,
    `contains time of last boot: ${yesNo(report.uptimeSince)}`,
    `contains uptime: ${yesNo(report.uptime)}`,
    `contains boot id: ${yesNo(report.bootId)}`,
    ...(report.facts.length === 0 ? [] : [`also contains: ${report.facts.join(', ')}`]),
    `waits for: ${report.waitFor ?? 'nothing'}`,
    `delay: ${report.delayMs / 1000} s`,
  ]
}

function titleOf({ name, kind }: NotifierSpec): string {
  return name === kind || (name === 'aws-sns' && kind === 'sns') ? name : `${name} (${kind})`
}

function settingLines(spec: NotifierSpec): readonly string[] {
  switch (spec.kind) {
    case 'stdout':
      return [recipientLine(spec.recipients)]
    case 'mailx':
      return [
        `program: ${JSON.stringify(spec.command.argv[0])}`,
        `settings: ${JSON.stringify(spec.settings.map(maskSetting))}`,
        ...fromLine(spec.from),
        recipientLine(spec.recipients),
      ]
    case 'sendmail':
      return [`program: ${JSON.stringify(spec.command.argv[0])}`, ...fromLine(spec.from), recipientLine(spec.recipients)]
    case 'smtp':
      return [
        `server: ${spec.host}:${spec.port} (${spec.security})`,
        ...(spec.login === undefined ? [] : [`user: ${JSON.stringify(spec.login.user)}`]),
        ...fromLine(spec.from),
        recipientLine(spec.recipients),
        ...trustLine(spec.caFile),
      ]
    case 'sns':
      return [
        `profile: ${JSON.stringify(spec.profile)}`,
        ...(spec.region === undefined ? [] : [`region: ${JSON.stringify(spec.region)}`]),
        ...(spec.endpoint === undefined ? [] : [`endpoint: ${JSON.stringify(describeAddress([spec.endpoint]))}`]),
        recipientLine(spec.targets),
      ]
    case 'webhook':
      return [
        `address: ${describeNotifier(spec)} (${spec.method})`,
        ...(spec.headers.length === 0 ? [] : [`headers: ${spec.headers.map(({ name }) => name).join(', ')}`]),
        `body: ${spec.json ? 'custom template' : 'all available values'}`,
        ...(spec.signature === undefined ? [] : [`signature header: ${spec.signature.header}`]),
        ...trustLine(spec.caFile),
      ]
    case 'ping':
      return [`address: ${describeNotifier(spec)} (${spec.method})`, `reports the beginning: ${yesNo(spec.start)}`, ...trustLine(spec.caFile)]
    case 'exec':
      return [`program: ${describeCommand(spec.command)}`]
    default:
      return spec satisfies never
  }
}

/** `smtp-auth-password=…`; also for a name that contains a host, and for an address with a password. */
function maskSetting(setting: string): string {
  const [name = ''] = /^[^=]*(?==)/u.exec(setting) ?? []
  return looksSecret(name) ? `${name}=…` : (maskSecrets(['mailx', setting])[1] ?? '')
}

function recipientLine(recipients: readonly string[]): string {
  return `recipients: ${recipients.length === 0 ? 'none' : recipients.join(', ')}`
}

function fromLine(from: string | undefined): readonly string[] {
  return from === undefined ? [] : [`from: ${from}`]
}

function trustLine(caFile: string | undefined): readonly string[] {
  return caFile === undefined ? [] : [`additional CA file: ${caFile}`]
}

function limitLine({ tryMs, totalMs, retries }: DeliveryLimits): string {
  return `limits: ${formatDuration(tryMs)} per attempt, ${formatDuration(totalMs)} in total, ${retries} retries`
}

function yesNo(flag: boolean): string {
  return flag ? 'yes' : 'no'
}
