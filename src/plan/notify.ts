import type { Command } from './command.ts'
import type { SecretRef } from './secret.ts'

/** A text that contains secrets. They are read and inserted when it is used. */
export type SecretText = readonly (string | SecretRef)[]

/** A method of notification: a boot report, or a message about a run. */
export type NotifierSpec =
  | StdoutNotifierSpec
  | MailxNotifierSpec
  | SendmailNotifierSpec
  | SmtpNotifierSpec
  | SnsNotifierSpec
  | WebhookNotifierSpec
  | PingNotifierSpec
  | ExecNotifierSpec

interface NotifierBase {
  /** Its name in the configuration. */
  readonly name: string
  readonly limits: DeliveryLimits
}

/** Time limits of a delivery. Temporary failures are retried, after increasing pauses. */
export interface DeliveryLimits {
  /** One attempt. */
  readonly tryMs: number
  /** All attempts including pauses. */
  readonly totalMs: number
  /** Number of retries. */
  readonly retries: number
  /** The first pause; each further one is twice as long. */
  readonly pauseMs: number
}

/** Printed to the standard output: the subject, the recipients, an empty line, the text. */
export interface StdoutNotifierSpec extends NotifierBase {
  readonly kind: 'stdout'
  readonly recipients: readonly string[]
}

/** A mail program like mailx(1): `PROGRAM [-S SETTING ...] [-r FROM] -s SUBJECT RECIPIENT ...`, with the text on its stdin. */
export interface MailxNotifierSpec extends NotifierBase {
  readonly kind: 'mailx'
  /** Its argv contains only the program. */
  readonly command: Command
  /** Holdfast's whole environment is passed on instead of the command's. */
  readonly inheritsAll: boolean
  readonly settings: readonly string[]
  /** Absent: the program's default. */
  readonly from?: string
  readonly recipients: readonly string[]
}

/** A mail transport agent like sendmail(8): `PROGRAM -i [-f FROM] -- RECIPIENT ...`, with a complete message (RFC 5322) on its stdin. */
export interface SendmailNotifierSpec extends NotifierBase {
  readonly kind: 'sendmail'
  /** Its argv contains only the program. */
  readonly command: Command
  /** Absent: the default of the agent. */
  readonly from?: string
  readonly recipients: readonly string[]
}

/** A mail server, accessed directly (RFC 5321). */
export interface SmtpNotifierSpec extends NotifierBase {
  readonly kind: 'smtp'
  readonly host: string
  readonly port: number
  /** `starttls`: fails if the server does not offer it. `none`: everything is sent in plain text. */
  readonly security: 'starttls' | 'tls' | 'none'
  readonly login?: { readonly user: string; readonly password: SecretText }
  readonly from: string
  readonly recipients: readonly string[]
  /** A file with certificates (PEM) to trust in addition to those of the host. */
  readonly caFile?: string
}

/** Topics, or other targets, of Amazon SNS, by their ARNs. */
export interface SnsNotifierSpec extends NotifierBase {
  readonly kind: 'sns'
  readonly targets: readonly string[]
  readonly profile: string
  /** Absent: that of the target. */
  readonly region?: string
  /** Absent: Amazon's own. */
  readonly endpoint?: string
}

/** An HTTP request with a document in JSON. */
export interface WebhookNotifierSpec extends NotifierBase {
  readonly kind: 'webhook'
  readonly url: SecretText
  readonly method: 'POST' | 'PUT'
  readonly headers: readonly { readonly name: string; readonly value: SecretText }[]
  /** Absent: all available values. */
  readonly json?: JsonTemplate
  /** Maximum length of a text of the document, in UTF-16 code units. Absent: that of a known service, otherwise unlimited. */
  readonly mostLength?: number
  /** Signs the body: `HEADER: sha256=` and the HMAC-SHA256 (RFC 2104) in hex. */
  readonly signature?: { readonly header: string; readonly secret: SecretText }
  readonly caFile?: string
}

/** JSON whose texts may contain secrets, and placeholders to be replaced: `{subject}`. */
export type JsonTemplate =
  | { readonly kind: 'text'; readonly parts: SecretText }
  | { readonly kind: 'value'; readonly value: number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly JsonTemplate[] }
  | { readonly kind: 'object'; readonly members: readonly { readonly key: string; readonly value: JsonTemplate }[] }

/** A URL that expects to be called for each run, as with Healthchecks: URL/start at the beginning, URL after a success, URL/fail after a failure. */
export interface PingNotifierSpec extends NotifierBase {
  readonly kind: 'ping'
  readonly url: SecretText
  readonly method: 'POST' | 'GET'
  /** Whether the beginning is reported. */
  readonly start: boolean
  readonly caFile?: string
}

/** A program that receives the message as JSON on its stdin. */
export interface ExecNotifierSpec extends NotifierBase {
  readonly kind: 'exec'
  readonly command: Command
}

/**
 * When a notification is sent. `failure`: for each run that did not succeed. `success`: for each that did. `warnings`: for each with notes. `change`:
 * for a failure after a success or with another cause, and for the first success after a failure. `always`: for each run.
 */
export type NotifyOccasion = 'failure' | 'success' | 'warnings' | 'change' | 'always'

/** The recipients of notifications about a task's runs, and the occasions. */
export interface NotifyRule {
  readonly to: NotifierSpec
  readonly on: readonly NotifyOccasion[]
  /** For `change`: the same failure is reported again after this time. 0: never. */
  readonly remindMs: number
}

/** The available placeholders of a template. */
export const PLACEHOLDERS = [
  'subject',
  'text',
  'summary',
  'kind',
  'host',
  'task',
  'status',
  'event',
  'error',
  'hint',
  'run',
  'duration',
  'began',
  'ended',
] as const

/** The destination of a notifier's messages, in words, without possible secrets: `mail to root via /usr/bin/mail`, `https://chat.example.net/…`. */
export function describeNotifier(spec: NotifierSpec): string {
  switch (spec.kind) {
    case 'stdout':
      return 'standard output'
    case 'mailx':
    case 'sendmail':
      return `mail to ${spec.recipients.join(', ')} via ${spec.command.argv[0]}`
    case 'smtp':
      return `mail to ${spec.recipients.join(', ')} via ${spec.host}:${spec.port}`
    case 'sns':
      return `SNS, ${spec.targets.join(', ')}`
    case 'webhook':
    case 'ping':
      return describeAddress(spec.url)
    case 'exec':
      return `the program ${spec.command.argv[0]}`
    default:
      return spec satisfies never
  }
}

/** The scheme and host of a URL: its path often contains a token. */
export function describeAddress(url: SecretText): string {
  const secretAt = url.findIndex((part) => typeof part !== 'string')
  const plain = url.slice(0, secretAt === -1 ? undefined : secretAt).join('')
  const origin = /^(?<scheme>https?:\/\/)(?:[^/@]*@)?(?<host>[^/?#@]+)(?<rest>[/?#]?)/iu.exec(plain)?.groups
  if (origin === undefined) return 'a secret address'
  // Without a following character, the name of the host may continue in the secret.
  const isWhole = origin['rest'] !== '' || secretAt === -1
  return isWhole ? `${origin['scheme']}${origin['host']}/…` : `${origin['scheme']}…`
}
