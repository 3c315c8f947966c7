import { describeAddress, type JsonTemplate, type NotifierSpec, type SecretText, type WebhookNotifierSpec } from '../notify.ts'
import { isExposedAddress, isLoopback } from './exposed-address.ts'

/**
 * What of this notifier can be read on the way, because the connection leaves the host without encryption; undefined = nothing secret. `address`: what a secret address was
 * read as; without it one whose scheme is kept secret counts as encrypted. Never holds a secret.
 */
export function exposedSecret(spec: NotifierSpec, address?: string): string | undefined {
  switch (spec.kind) {
    case 'smtp':
      return spec.security === 'none' && spec.login !== undefined && !isLoopback(spec.host) ? `the password for ${spec.host}:${spec.port}` : undefined
    case 'sns':
      return isPlain(spec.endpoint) ? `data sent to ${describeAddress([spec.endpoint ?? ''])}` : undefined
    case 'ping':
      return isPlain(address ?? literal(spec.url)) && isSecretAddress(spec.url) ? secretOf(spec.url) : undefined
    case 'webhook':
      return isPlain(address ?? literal(spec.url)) && sendsSecret(spec) ? secretOf(spec.url) : undefined
    default:
      return undefined
  }
}

function sendsSecret({ url, headers, json, signature }: WebhookNotifierSpec): boolean {
  const isInHeader = headers.some(({ name, value }) => SECRET_HEADER.test(name) || holdsSecret(value))
  return signature !== undefined || isInHeader || isSecretAddress(url) || holdsSecretJson(json)
}

/** The name of a header that looks as if a secret stood in it. */
export const SECRET_HEADER = /auth|token|secret|key|cookie/iu

function isPlain(address: string | undefined): boolean {
  return address !== undefined && isExposedAddress(address)
}

function secretOf(url: SecretText): string {
  return `the secret sent to ${describeAddress(url)}`
}

/** What stands before the first secret. */
function literal([first]: SecretText): string | undefined {
  return typeof first === 'string' ? first : undefined
}

function holdsSecret(text: SecretText): boolean {
  return text.some((part) => typeof part !== 'string')
}

// The paths of chats and of those who wait for pings are tokens; so are long words of a query.
const TOKEN = /^[^/]*\/\/[^/?#]*@|[/=](?=[\w-]*\d)[\w-]{16,}/u

function isSecretAddress(url: SecretText): boolean {
  return holdsSecret(url) || TOKEN.test(url.join(''))
}

function holdsSecretJson(json: JsonTemplate | undefined): boolean {
  if (json === undefined || json.kind === 'value') return false
  if (json.kind === 'text') return holdsSecret(json.parts)
  return json.kind === 'list' ? json.items.some(holdsSecretJson) : json.members.some(({ value }) => holdsSecretJson(value))
}
