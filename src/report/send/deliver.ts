import { AppError } from '../../lib/errors.ts'
import { printableLines } from '../../lib/format.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import { ReportError } from '../report-error.ts'
import { readSecrets, type Secrets } from './read-secrets.ts'
import { runProgram } from './run-program.ts'
import type { SendDeps, Try } from './send-deps.ts'
import { sendByMailx, sendBySendmail, sendBySmtp } from './send-mail.ts'
import { sendPing } from './send-ping.ts'
import { sendBySns } from './send-sns.ts'
import { sendWebhook } from './send-webhook.ts'
import { tryRepeatedly } from './try-repeatedly.ts'

// Time limit for the end of a program after SIGKILL.
const END_MS = 2000

/** Delivers one message with one notifier, within its limits. Rejects with an `AppError` that contains no secret. */
export async function deliver(spec: NotifierSpec, message: Message, deps: SendDeps): Promise<void> {
  const secrets = readSecrets(deps.resolveSecret)
  const shown = printableMessage(message)
  try {
    const call = { limits: spec.limits, signal: deps.signal, clearUpMs: deps.limits.graceMs + END_MS }
    await tryRepeatedly(call, (signal) => send(spec, shown, { ...deps, signal, tryMs: spec.limits.tryMs, secrets }))
  } catch (error) {
    throw hiding(error, secrets)
  }
}

/** Loads the modules of these notifiers, so that an upgrade during the run has no effect. */
export async function loadSenders(specs: readonly NotifierSpec[]): Promise<void> {
  const kinds = new Set(specs.map(({ kind }) => kind))
  if (kinds.has('smtp') || kinds.has('sendmail')) await import('./compose-mail.ts')
  if (kinds.has('sns')) await import('./sns-sdk.ts')
}

function send(spec: NotifierSpec, message: Message, deps: Try & { readonly secrets: Secrets }): Promise<void> {
  switch (spec.kind) {
    case 'stdout':
      deps.print(`${[message.subject, ...spec.recipients].join('\n')}\n\n${message.text}`)
      return Promise.resolve()
    case 'mailx':
      return sendByMailx(spec, message, deps)
    case 'sendmail':
      return sendBySendmail(spec, message, deps)
    case 'smtp':
      return sendBySmtp(spec, message, deps)
    case 'sns':
      return sendBySns(spec, message, deps)
    case 'webhook':
      return sendWebhook(spec, message, deps)
    case 'ping':
      return sendPing(spec, message, deps)
    case 'exec':
      return runProgram(spec.command, `${JSON.stringify(message.data)}\n`, { ...deps, mayPass: () => true })
    default:
      return spec satisfies never
  }
}

// An answer may repeat the sent data. The cause is only for programs.
function hiding(error: unknown, secrets: Secrets): AppError {
  if (error instanceof ReportError) {
    const { code, message, hint, mayPass, exitCode, cause } = error
    return new ReportError(kindOf(code), secrets.hide(message), { hint, mayPass, exitCode, ...(code === 'report/failed' && { cause }) })
  }
  if (error instanceof AppError) return error
  return new ReportError('failed', secrets.hide(String(error)))
}

function kindOf(code: ReportError['code']): 'unreachable' | 'refused' | 'too-late' | 'failed' | 'template' {
  return code.slice('report/'.length) as ReturnType<typeof kindOf>
}

/**
 * The message without characters that a viewer would interpret, reorder or hide: names of files and databases, and output of programs, are untrusted.
 * Line breaks and tabs are kept.
 */
function printableMessage(message: Message): Message {
  return printableIn(message) as Message
}

function printableIn(value: unknown): unknown {
  if (typeof value === 'string') return printableLines(value)
  if (Array.isArray(value)) return value.map(printableIn)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [printableLines(key), printableIn(it)]))
}
