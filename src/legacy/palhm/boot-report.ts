import type { Report, SourceLocation } from '../../document/issue-report.ts'
import { describeKind, type JsonNode } from '../../document/json/node.ts'
import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import type { Command } from '../../plan/command.ts'
import type { DeliveryLimits, NotifierSpec } from '../../plan/notify.ts'
import { BOOT_REPORT_KEYS, MAILX_KEYS, SNS_KEYS } from './keys.ts'
import { openFields } from './values/fields.ts'
import { findKind } from './values/find-kind.ts'
import { listOf, nameOf, textOf, type Value } from './values/value.ts'

/** Creates the notifier for these recipients. */
type Agent = (recipients: readonly string[]) => NotifierSpec

interface AgentKind {
  readonly module?: string
  open(param: Value | undefined, report: Report): Agent | undefined
}

// The ancestor tried once and waited forever; a mail program that hangs must not block the unit of the report permanently.
const LIMITS: DeliveryLimits = { tryMs: 600_000, totalMs: 600_000, retries: 0, pauseMs: 0 }
const SNS_LIMITS: DeliveryLimits = { tryMs: 60_000, totalMs: 600_000, retries: 3, pauseMs: 1000 }

const AGENTS: ReadonlyMap<string, AgentKind> = new Map(
  Object.entries({
    mailx: { open: openMailx },
    stdout: { open: () => (recipients) => ({ kind: 'stdout', name: 'stdout', limits: LIMITS, recipients }) },
    'aws-sns': { module: 'aws', open: openSns },
  }),
)

const DEFAULT_SUBJECT = 'Boot Report from {hostname}'
const DEFAULT_HEADER = 'This is a boot report from {hostname}.\nMore details as follows.'

/**
 * Compiles `boot-report` from one or several files. As documented in the manual, the mappings are merged: later values take precedence, recipients
 * are added. Two `mua` are an error.
 */
export function compileBootReport(
  parts: readonly Value[],
  { report, modules, complete }: { readonly report: Report; readonly modules: ReadonlySet<string>; readonly complete: boolean },
): BootReportSpec | undefined {
  const fields = openFields(parts, BOOT_REPORT_KEYS, { report, required: complete ? ['mua', 'mail-to'] : [] })
  if (!fields) return undefined
  const [muaAt, secondMua] = fields.all('mua')
  if (secondMua) report.error(secondMua, `duplicate key "mua" (first in "${muaAt?.file}", line ${muaAt?.at?.line})`, 'Remove one of them.')
  const agent = muaAt && findKind(muaAt, { what: 'mail user agent', kinds: AGENTS }, { report, modules })
  const make = agent?.open(fields.get('mua-param'), report)
  const recipients = fields.all('mail-to').map((it) => readRecipients(it, report))
  const waitFor = readWait(fields.get('boot-wait'), report)
  const delayMs = readDelay(fields.get('delay'), report)
  const subject = readTemplate(fields.get('subject'), DEFAULT_SUBJECT, report)
  const header = readTemplate(fields.get('header'), DEFAULT_HEADER, report)
  const shown = {
    uptimeSince: readSwitch(fields.get('uptime-since'), report),
    uptime: readSwitch(fields.get('uptime'), report),
    bootId: readSwitch(fields.get('boot-id') ?? fields.get('bootid'), report),
  }
  if (!make || !waitFor || delayMs === undefined || subject === undefined || header === undefined) return undefined
  return { to: [make(recipients.flatMap((it) => it ?? []))], subject, header, ...shown, facts: [], ...waitFor, delayMs }
}

function openMailx(param: Value | undefined, report: Report): Agent | undefined {
  const fields = param && param.node.kind !== 'null' ? openFields(param, MAILX_KEYS, { report }) : { get: () => undefined }
  if (!fields) return undefined
  const execAt = fields.get('exec')
  const settingsAt = fields.get('int-opts')
  const program = execAt ? nameOf(execAt, report) : '/bin/mailx'
  const settings = settingsAt ? listOf(settingsAt, report)?.map((it) => textOf(it, report)) : []
  if (program === undefined || !settings?.every((it) => it !== undefined)) return undefined
  const command: Command = {
    argv: [program],
    environment: { kind: 'exactly', values: {} },
    searchPath: [],
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'verbose',
  }
  return (recipients) => ({ kind: 'mailx', name: 'mailx', limits: LIMITS, command, inheritsAll: true, settings, recipients })
}

function openSns(param: Value | undefined, report: Report): Agent | undefined {
  const fields = param && param.node.kind !== 'null' ? openFields(param, SNS_KEYS, { report }) : { get: () => undefined }
  if (!fields) return undefined
  const named = (value: Value | undefined) => (!value || value.node.kind === 'null' ? undefined : nameOf(value, report))
  const region = named(fields.get('region'))
  const profile = named(fields.get('profile')) ?? 'default'
  return (targets) => ({ kind: 'sns', name: 'aws-sns', limits: SNS_LIMITS, targets, profile, ...(region !== undefined && { region }) })
}

function readRecipients(value: Value, report: Report): readonly string[] | undefined {
  if (value.node.kind === 'string' && value.node.value !== '') {
    report.warn(value, 'the string is used as a single recipient', 'Write a list of strings.')
    return [value.node.value]
  }
  return listOf(value, report)
    ?.map((it) => textOf(it, report))
    .filter((it) => it !== undefined)
}

function readTemplate(value: Value | undefined, fallback: string, report: Report): string | undefined {
  const text = value ? textOf(value, report) : fallback
  if (value && text !== undefined) checkTemplate(text, value, report)
  return text
}

/** Any value was accepted as a boolean; others are reported. */
function readSwitch(value: Value | undefined, report: Report): boolean {
  if (!value) return true
  if (value.node.kind === 'boolean') return value.node.value
  const on = countsAsTrue(value.node)
  report.warn(value, `${describeKind(value.node)} is treated as ${on}`, 'Write true or false.')
  return on
}

function countsAsTrue(node: JsonNode): boolean {
  switch (node.kind) {
    case 'string':
      return node.value !== ''
    case 'number':
      return Number(node.text) !== 0
    case 'list':
      return node.items.length > 0
    case 'object':
      return node.members.size > 0
    case 'boolean':
      return node.value
    case 'null':
      return false
    default:
      return node satisfies never
  }
}

function readWait(value: Value | undefined, report: Report): { readonly waitFor?: 'systemd' } | undefined {
  if (!value || value.node.kind === 'null') return {}
  const name = textOf(value, report)
  if (name === 'systemd') return { waitFor: 'systemd' }
  return name === undefined
    ? undefined
    : report.error(value, `unknown value ${quoted(name)}`, didYouMean(nearest(name, ['systemd'])) ?? 'Write "systemd", or remove the key.')
}

const FLOAT = /^[+-]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:e[+-]?[0-9](?:_?[0-9])*)?$/iu

function readDelay(value: Value | undefined, report: Report): number | undefined {
  if (!value) return 0
  const { node } = value
  const text =
    node.kind === 'number' ? node.text : node.kind === 'string' ? node.value.trim() : node.kind === 'boolean' ? String(Number(node.value)) : ''
  const seconds = FLOAT.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
  if (Number.isFinite(seconds) && seconds >= 0) return Math.round(seconds * 1000)
  return report.error(value, 'expected a number of seconds, 0 or more')
}

/**
 * Warns of placeholders in a subject or header that cannot be replaced when the report is made. Only a warning: the rest of the configuration works.
 * The syntax is that of Python's `str.format` with the single name `hostname`; `{{` and `}}` are literal braces.
 */
function checkTemplate(text: string, spot: SourceLocation, report: Report): void {
  const bare = text.replaceAll('{{', '').replaceAll('}}', '')
  for (const [, field = ''] of bare.matchAll(/\{([^{}]*)\}/gu)) {
    if (!/^hostname(?:\[\d+\])?(?:[!:]|$)/u.test(field))
      report.warn(
        spot,
        `unknown placeholder ${quoted(`{${field}}`)}: the report will fail`,
        'Only {hostname} is supported; write {{ and }} for braces.',
      )
  }
  if (/[{}]/u.test(bare.replaceAll(/\{[^{}]*\}/gu, ''))) report.warn(spot, 'unmatched brace: the report will fail', 'Write {{ and }} for braces.')
}
