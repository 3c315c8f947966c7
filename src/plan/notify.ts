import type { Command } from './command.ts'
import type { SecretRef } from './secret.ts'

/** A text with secrets in it. They are read, and the parts joined, when it is used. */
export type SecretText = readonly (string | SecretRef)[]

/** One way to tell people or programs something: a report about the host's start, or about a run. */
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
  /** What the configuration calls it. */
  readonly name: string
  readonly limits: DeliveryLimits
}

/** How long one delivery may take. What may be tried again is tried again, each time after a longer pause. */
export interface DeliveryLimits {
  /** One try. */
  readonly tryMs: number
  /** All tries with their pauses. */
  readonly totalMs: number
  /** How often it is tried again. */
  readonly retries: number
  /** The first pause; each further one is twice as long. */
  readonly pauseMs: number
}

/** Printed to our standard output: the subject, the recipients, an empty line, the text. */
export interface StdoutNotifierSpec extends NotifierBase {
  readonly kind: 'stdout'
  readonly recipients: readonly string[]
}

/** A mail program in the manner of mailx(1): `PROGRAM [-S SETTING ...] [-r FROM] -s SUBJECT RECIPIENT ...`, the text on its stdin. */
export interface MailxNotifierSpec extends NotifierBase {
  readonly kind: 'mailx'
  /** Its argv is the program alone. */
  readonly command: Command
  /** Our whole environment is handed on instead of the command's. */
  readonly inheritsAll: boolean
  readonly settings: readonly string[]
  /** Absent: the program's own. */
  readonly from?: string
  readonly recipients: readonly string[]
}

/** A mail transport in the manner of sendmail(8): `PROGRAM -i [-f FROM] -- RECIPIENT ...`, a whole message (RFC 5322) on its stdin. */
export interface SendmailNotifierSpec extends NotifierBase {
  readonly kind: 'sendmail'
  /** Its argv is the program alone. */
  readonly command: Command
  /** Absent: the transport's own. */
  readonly from?: string
  readonly recipients: readonly string[]
}

/** A mail server, spoken to by ourselves (RFC 5321). */
export interface SmtpNotifierSpec extends NotifierBase {
  readonly kind: 'smtp'
  readonly host: string
  readonly port: number
  /** `starttls`: refused when the server does not offer it. `none`: everything is readable on the way. */
  readonly security: 'starttls' | 'tls' | 'none'
  readonly login?: { readonly user: string; readonly password: SecretText }
  readonly from: string
  readonly recipients: readonly string[]
  /** A file with certificates (PEM) to be trusted beside those of the host. */
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
  /** Absent: everything that is known of the message. */
  readonly json?: JsonTemplate
  /** Signs the body: `HEADER: sha256=` and the HMAC-SHA256 (RFC 2104) in hex. */
  readonly signature?: { readonly header: string; readonly secret: SecretText }
  readonly caFile?: string
}

/** JSON whose texts may hold secrets, and placeholders that are filled in: `{subject}`. */
export type JsonTemplate =
  | { readonly kind: 'text'; readonly parts: SecretText }
  | { readonly kind: 'value'; readonly value: number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly JsonTemplate[] }
  | { readonly kind: 'object'; readonly members: readonly { readonly key: string; readonly value: JsonTemplate }[] }

/** An address that waits to hear of each run, as Healthchecks does: URL/start when it begins, URL after a success, URL/fail after a failure. */
export interface PingNotifierSpec extends NotifierBase {
  readonly kind: 'ping'
  readonly url: SecretText
  readonly method: 'POST' | 'GET'
  /** Whether the beginning is told. */
  readonly start: boolean
  readonly caFile?: string
}

/** A program that gets the message as JSON on its stdin. */
export interface ExecNotifierSpec extends NotifierBase {
  readonly kind: 'exec'
  readonly command: Command
}

/**
 * When somebody is told of a run. `failure`: each that did not end well. `success`: each that did. `warnings`: each that noted something. `change`: one
 * that fails where the last had not, or of another cause, and the first that is good again. `always`: each.
 */
export type NotifyOccasion = 'failure' | 'success' | 'warnings' | 'change' | 'always'

/** Whom to tell of a task's runs, and when. */
export interface NotifyRule {
  readonly to: NotifierSpec
  readonly on: readonly NotifyOccasion[]
  /** For `change`: the same failure is told again after so long. 0 = never again. */
  readonly remindMs: number
}

/** What a placeholder of a template can name. */
export const PLACEHOLDERS = [
  'subject',
  'text',
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

/** Where a notifier's messages go, in words, without anything that may be a secret: `mail to root by /usr/bin/mail`, `https://chat.example.net/…`. */
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

/** The scheme and host of an address: its path often holds a token. */
export function describeAddress(url: SecretText): string {
  const secretAt = url.findIndex((part) => typeof part !== 'string')
  const plain = url.slice(0, secretAt === -1 ? undefined : secretAt).join('')
  const origin = /^(?<scheme>https?:\/\/)(?:[^/@]*@)?(?<host>[^/?#@]+)(?<rest>[/?#]?)/iu.exec(plain)?.groups
  if (origin === undefined) return 'a secret address'
  // Without anything behind it, the name of the host may go on in the secret.
  const isWhole = origin['rest'] !== '' || secretAt === -1
  return isWhole ? `${origin['scheme']}${origin['host']}/…` : `${origin['scheme']}…`
}
