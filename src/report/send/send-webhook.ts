import { createHmac } from 'node:crypto'
import { describeAddress, type JsonTemplate, type WebhookNotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import { httpRequest } from './http-request.ts'
import type { Secrets } from './read-secrets.ts'
import { noteExposed, type Try } from './send-deps.ts'

/** Sends the message as JSON to an address. */
export async function sendWebhook(
  spec: WebhookNotifierSpec,
  message: Message,
  { secrets, ...deps }: Try & { readonly secrets: Secrets },
): Promise<void> {
  const body = spec.json ? await fillJson(spec.json, message, secrets) : JSON.stringify(message.data)
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  for (const { name, value } of spec.headers) headers[name] = await secrets.read(value)
  if (spec.signature) {
    const key = await secrets.read(spec.signature.secret)
    headers[spec.signature.header] = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
  }
  const { method, caFile } = spec
  const { environment, signal } = deps
  const url = await secrets.read(spec.url)
  noteExposed(spec, url, deps)
  await httpRequest({ url, shown: describeAddress(spec.url), method, headers, body, caFile, environment, signal, hideCut: secrets.hideCut })
}

/** The template as JSON text, with placeholders and secrets replaced. Only texts are replaced, so that the result is always valid JSON. */
async function fillJson(template: JsonTemplate, message: Message, secrets: Secrets): Promise<string> {
  return JSON.stringify(await fill(template, message, secrets))
}

async function fill(template: JsonTemplate, message: Message, secrets: Secrets): Promise<unknown> {
  switch (template.kind) {
    case 'value':
      return template.value
    case 'text': {
      // Replaced first: the contents of a secret are not a template.
      const parts = template.parts.map((part) => (typeof part === 'string' ? fillPlaceholders(part, message.fields) : part))
      return secrets.read(parts)
    }
    case 'list':
      return Promise.all(template.items.map((it) => fill(it, message, secrets)))
    case 'object':
      return Object.fromEntries(
        await Promise.all(template.members.map(async ({ key, value }) => [key, await fill(value, message, secrets)] as const)),
      )
    default:
      return template satisfies never
  }
}

/** Replaces `{subject}` and other placeholders by their values; `{{` and `}}` are literal braces. Other text in braces is not changed. */
function fillPlaceholders(text: string, fields: Message['fields']): string {
  return text.replaceAll(/\{\{|\}\}|\{(?<name>[a-z]+)\}/gu, (whole, name: string | undefined) => {
    if (name === undefined) return whole.charAt(0)
    return Object.hasOwn(fields, name) ? (fields[name as keyof Message['fields']] ?? '') : ''
  })
}
