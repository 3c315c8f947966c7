import { createHmac } from 'node:crypto'
import { describeAddress, type JsonTemplate, type SecretText, type WebhookNotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import { ReportError } from '../report-error.ts'
import { httpRequest } from './http-request.ts'
import type { Secrets } from './read-secrets.ts'
import { noteExposed, type Try } from './send-deps.ts'
import { mostLengthFor, shortened } from './shorten-text.ts'

/** Sends the message as JSON to an address. */
export async function sendWebhook(
  spec: WebhookNotifierSpec,
  message: Message,
  { secrets, ...deps }: Try & { readonly secrets: Secrets },
): Promise<void> {
  const url = await secrets.read(spec.url)
  const most = spec.mostLength ?? mostLengthFor(url)
  const body = spec.json ? await fillJson(spec.json, { fields: message.fields, most }, secrets) : JSON.stringify(message.data)
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  for (const { name, value } of spec.headers) headers[name] = await secrets.read(value)
  if (spec.signature) {
    const key = await secrets.read(spec.signature.secret)
    headers[spec.signature.header] = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
  }
  const { method, caFile } = spec
  const { environment, signal } = deps
  noteExposed(spec, url, deps)
  const call = { url, shown: describeAddress(spec.url), method, headers, body, caFile, environment, signal, hideCut: secrets.hideCut }
  await httpRequest(call).catch((error: unknown) => {
    throw maybeTooLong(error, spec, body)
  })
}

const LONG_CHARS = 1000

/** Services reject texts that are too long with various statuses and words. */
function maybeTooLong(error: unknown, { mostLength }: WebhookNotifierSpec, body: string): unknown {
  if (!(error instanceof ReportError) || !/ returned (?:400|413|422)\b/u.test(error.message) || body.length < LONG_CHARS) return error
  const hint =
    mostLength === undefined
      ? 'If the service limits the length of texts, set "max-length", or use {summary} instead of {text}.'
      : `If the service rejects the length of the text, set "max-length" to less than ${mostLength}.`
  return new ReportError('refused', error.message, { hint, mayPass: error.mayPass, retryAfterMs: error.retryAfterMs })
}

interface Filling {
  readonly fields: Message['fields']
  readonly most: number
}

/** The template as JSON text, with placeholders and secrets replaced. Only texts are replaced, so that the result is always valid JSON. */
async function fillJson(template: JsonTemplate, filling: Filling, secrets: Secrets): Promise<string> {
  return JSON.stringify(await fill(template, filling, secrets))
}

async function fill(template: JsonTemplate, filling: Filling, secrets: Secrets): Promise<unknown> {
  switch (template.kind) {
    case 'value':
      return template.value
    case 'text':
      return fillText(template.parts, filling, secrets)
    case 'list':
      return Promise.all(template.items.map((it) => fill(it, filling, secrets)))
    case 'object':
      return Object.fromEntries(
        await Promise.all(template.members.map(async ({ key, value }) => [key, await fill(value, filling, secrets)] as const)),
      )
    default:
      return template satisfies never
  }
}

async function fillText(parts: SecretText, { fields, most }: Filling, secrets: Secrets): Promise<string> {
  // Replaced first: the contents of a secret are not a template.
  const filledWith = (values: Message['fields']) =>
    secrets.read(parts.map((part) => (typeof part === 'string' ? fillPlaceholders(part, values) : part)))
  let values = fields
  let text = await filledWith(values)
  // Only values of placeholders are shortened; those that explain most are shortened last.
  for (const name of SHORTENED) {
    const value = values[name]
    if (text.length <= most || value === undefined || value === '') continue
    const uses = Math.max(1, parts.join('').split(`{${name}}`).length - 1)
    values = { ...values, [name]: shortened(value, Math.max(0, value.length - Math.ceil((text.length - most) / uses))) }
    text = await filledWith(values)
  }
  return text
}

const SHORTENED = ['text', 'summary', 'hint', 'error', 'subject'] as const

/** Replaces `{subject}` and other placeholders by their values; `{{` and `}}` are literal braces. Other text in braces is not changed. */
function fillPlaceholders(text: string, fields: Message['fields']): string {
  return text.replaceAll(/\{\{|\}\}|\{(?<name>[a-z]+)\}/gu, (whole, name: string | undefined) => {
    if (name === undefined) return whole.charAt(0)
    return Object.hasOwn(fields, name) ? (fields[name as keyof Message['fields']] ?? '') : ''
  })
}
