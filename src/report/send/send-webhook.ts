import { createHmac } from 'node:crypto'
import { describeAddress, type WebhookNotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import { tellExposed } from './exposed.ts'
import { fillJson } from './fill-json.ts'
import { httpRequest } from './http-request.ts'
import type { Secrets } from './read-secrets.ts'
import type { Try } from './send-deps.ts'

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
  tellExposed(spec, url, deps)
  await httpRequest({ url, shown: describeAddress(spec.url), method, headers, body, caFile, environment, signal })
}
