import type { Report } from '../../../document/issue-report.ts'
import { itemsOf, type LocatedNode, locationOf, memberOf, membersOf } from '../../../document/yaml/node.ts'
import { MINUTE_MS, SECOND_MS } from '../../../lib/durations.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import { type DeliveryLimits, type JsonTemplate, type NotifierSpec, PLACEHOLDERS, type SecretText } from '../../../plan/notify.ts'
import { exposedSecret, SECRET_HEADER } from '../../../plan/storages/exposed-secrets.ts'
import { compileCommand } from '../command.ts'
import { readSecret } from '../keys.ts'
import { checkForm } from '../schema/check-form.ts'
import { type NotifierInput, notifier } from '../schema/notifiers.ts'
import { HTTPS_HINT, REFER_HINT } from '../schema/schema-helpers.ts'
import { parseSecretText } from '../secret-text.ts'
import { commandIn, type Settings } from '../settings.ts'

type Input<T extends NotifierInput['type']> = Extract<NotifierInput, { type: T }>

interface NotifierContext {
  readonly at: LocatedNode
  readonly report: Report
  readonly settings: Settings
  readonly name: string
}

/** Defaults; `schema/notifiers.ts` documents them. */
const LIMITS: { readonly [T in NotifierInput['type']]: readonly [tryMs: number, totalMs: number, retries: number] } = {
  mail: [MINUTE_MS, MINUTE_MS, 0],
  sendmail: [MINUTE_MS, 2 * MINUTE_MS, 2],
  smtp: [30 * SECOND_MS, 90 * SECOND_MS, 2],
  sns: [20 * SECOND_MS, 90 * SECOND_MS, 3],
  webhook: [10 * SECOND_MS, MINUTE_MS, 3],
  ping: [10 * SECOND_MS, MINUTE_MS, 3],
  exec: [30 * SECOND_MS, MINUTE_MS, 0],
}

/** Compiles `notifiers`. The value undefined means that the definition is invalid. */
export function compileNotifiers(
  notifiers: LocatedNode | undefined,
  settings: Settings,
  report: Report,
): ReadonlyMap<string, NotifierSpec | undefined> {
  return new Map(
    membersOf(notifiers).map((at) => {
      const input = checkForm(at, notifier, report)
      const spec = input && compileNotifier(input, { at, report, settings, name: at.key })
      if (spec) warnOfExposed(spec, at, report)
      return [at.key, spec]
    }),
  )
}

function compileNotifier(input: NotifierInput, place: NotifierContext): NotifierSpec | undefined {
  const base = { name: place.name, limits: limitsOf(input) }
  switch (input.type) {
    case 'mail': {
      const command = commandIn(place.settings, [input.program ?? 'mailx'])
      const recipients = [input.to].flat()
      const sender = input.from === undefined ? {} : { from: input.from }
      return { ...base, kind: 'mailx', command, inheritsAll: false, settings: input.settings ?? [], recipients, ...sender }
    }
    case 'sendmail': {
      const command = commandIn(place.settings, [input.program ?? '/usr/sbin/sendmail'])
      return { ...base, kind: 'sendmail', command, recipients: [input.to].flat(), ...(input.from !== undefined && { from: input.from }) }
    }
    case 'smtp':
      return compileSmtp(input, base, place)
    case 'sns': {
      const { profile = 'default', region, endpoint } = input
      const place = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
      return { ...base, kind: 'sns', targets: [input.to].flat(), profile, ...place }
    }
    case 'webhook':
      return compileWebhook(input, base, place)
    case 'ping': {
      const url = readAddress(input.url, place)
      return url && { ...base, kind: 'ping', url, method: input.method ?? 'POST', start: input.start ?? true, ...trustOf(input) }
    }
    case 'exec': {
      const command = compileCommand(input.command, place.settings, { at: memberOf(place.at, 'command') ?? place.at, report: place.report })
      return command && { ...base, kind: 'exec', command }
    }
    default:
      return input satisfies never
  }
}

function warnOfExposed(spec: NotifierSpec, at: LocatedNode, report: Report): void {
  const what = exposedSecret(spec)
  if (what === undefined) return
  const [key, hint] =
    spec.kind === 'smtp' ? ['security', 'Write "security: starttls" or "tls".'] : [spec.kind === 'sns' ? 'endpoint' : 'url', HTTPS_HINT]
  report.warn(locationOf(memberOf(at, key) ?? at), `${what} is sent without encryption`, hint)
}

function limitsOf({ type, timeout, 'give-up-after': giveUpAfter, retries }: NotifierInput): DeliveryLimits {
  const [tryMs, totalMs, times] = LIMITS[type]
  // A limit for one attempt that exceeds the total limit also raises that.
  const oneMs = timeout ?? tryMs
  return { tryMs: oneMs, totalMs: giveUpAfter ?? Math.max(totalMs, oneMs), retries: retries ?? times, pauseMs: SECOND_MS }
}

type Base = Pick<NotifierSpec, 'name' | 'limits'>

const PORTS = { starttls: 587, tls: 465, none: 25 } as const

function warnOfPort({ port, security }: Pick<Input<'smtp'>, 'port' | 'security'>, { at, report }: NotifierContext): void {
  const usual = port === PORTS.tls ? 'tls' : port === PORTS.starttls ? 'starttls' : undefined
  if (usual === undefined || security === 'none' || security === usual) return
  report.warn(
    locationOf(memberOf(at, 'security') ?? at),
    `servers usually expect ${usual === 'tls' ? 'TLS from the beginning of the connection' : 'STARTTLS'} on port ${port}`,
    `Write "security: ${usual}".`,
  )
}

function compileSmtp(
  { host, port, security = port === PORTS.tls ? 'tls' : 'starttls', user, password, from, to, ...rest }: Input<'smtp'>,
  base: Base,
  place: NotifierContext,
): NotifierSpec | undefined {
  warnOfPort({ port, security }, place)
  const parts = password === undefined ? undefined : readSecret(password, memberOf(place.at, 'password') ?? place.at, place.report)
  if (password !== undefined && parts === undefined) return undefined
  const login = user === undefined || parts === undefined ? {} : { login: { user, password: parts } }
  return { ...base, kind: 'smtp', host, port: port ?? PORTS[security], security, ...login, from, recipients: [to].flat(), ...trustOf(rest) }
}

function compileWebhook(input: Input<'webhook'>, base: Base, place: NotifierContext): NotifierSpec | undefined {
  const { at, report } = place
  const url = readAddress(input.url, place)
  const headersAt = memberOf(at, 'headers')
  const headers = Object.entries(input.headers ?? {}).map(([name, text]) => ({
    name,
    value: readHeader(name, text, { at: memberOf(headersAt, name) ?? at, report }),
  }))
  const jsonAt = memberOf(at, 'json')
  const json = jsonAt && compileJsonTemplate(jsonAt, report)
  const secret = input.sign && readSecret(input.sign.secret, memberOf(memberOf(at, 'sign'), 'secret') ?? at, report)
  if (
    !url ||
    (jsonAt && !json) ||
    (input.sign && !secret) ||
    !headers.every((it): it is { name: string; value: SecretText } => it.value !== undefined)
  )
    return undefined
  return {
    ...base,
    kind: 'webhook',
    url,
    method: input.method ?? 'POST',
    headers,
    ...(json && { json }),
    ...(input['max-length'] !== undefined && { mostLength: input['max-length'] }),
    ...(secret && { signature: { header: input.sign?.header ?? 'X-Holdfast-Signature', secret } }),
    ...trustOf(input),
  }
}

function readHeader(name: string, text: string, { at, report }: { readonly at: LocatedNode; readonly report: Report }): SecretText | undefined {
  const parts = readSecretText(text, at, report)
  if (parts?.some((part) => typeof part === 'string' && /[\r\n]/u.test(part))) return report.error(locationOf(at), 'the header contains a line break')
  if (SECRET_HEADER.test(name) && parts?.every((part) => typeof part === 'string'))
    report.warn(locationOf(at), `${quoted(name)} seems to contain a secret in plain text`, REFER_HINT)
  return parts
}

function readAddress(text: string, { at, report }: NotifierContext): SecretText | undefined {
  const urlAt = memberOf(at, 'url') ?? at
  const parts = readSecretText(text, urlAt, report)
  const isWhole = parts?.every((part) => typeof part === 'string') ?? false
  return isWhole && !URL.canParse(text) ? report.error(locationOf(urlAt), 'invalid URL', 'Write "https://HOST/PATH".') : parts
}

function trustOf({ ca }: { readonly ca?: string | undefined }): { readonly caFile?: string } {
  return ca === undefined ? {} : { caFile: ca }
}

/** Compiles a JSON document written in YAML. Undefined, with all errors reported, if a text in it is invalid. */
function compileJsonTemplate(at: LocatedNode, report: Report): JsonTemplate | undefined {
  const { node } = at
  if (node.kind === 'map') {
    const members = membersOf(at).map((it) => ({ key: it.key, value: compileJsonTemplate(it, report) }))
    return members.every((it): it is { key: string; value: JsonTemplate } => it.value !== undefined) ? { kind: 'object', members } : undefined
  }
  if (node.kind === 'list') {
    const items = itemsOf(at).map((it) => compileJsonTemplate(it, report))
    return items.every((it) => it !== undefined) ? { kind: 'list', items } : undefined
  }
  if (typeof node.value !== 'string') return { kind: 'value', value: node.value }
  const parts = readSecretText(node.value, at, report)
  return parts?.every((part) => typeof part !== 'string' || areKnown(part, at, report)) ? { kind: 'text', parts } : undefined
}

/** A text that may contain secrets; undefined, with an error, if its references are invalid. */
function readSecretText(text: string, at: LocatedNode, report: Report): SecretText | undefined {
  const read = parseSecretText(text)
  return read.kind === 'wrong' ? report.error(locationOf(at), read.message, read.hint) : read.parts
}

function areKnown(text: string, at: LocatedNode, report: Report): boolean {
  const known: readonly string[] = PLACEHOLDERS
  const named = [...text.matchAll(/\{\{|\}\}|\{([a-z]+)\}/gu)].flatMap(([, name]) => name ?? [])
  const stray = named.find((name) => !known.includes(name))
  if (stray === undefined) return true
  const near = nearest(stray, known)
  const hint = didYouMean(near && `{${near}}`) ?? `Valid placeholders: ${known.map((name) => `{${name}}`).join(', ')}. Write {{ and }} for braces.`
  report.error(locationOf(at), `unknown placeholder ${quoted(`{${stray}}`)}`, hint)
  return false
}
