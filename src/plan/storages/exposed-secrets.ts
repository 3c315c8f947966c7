import { describeAddress, type JsonTemplate, type NotifierSpec, type SecretText, type WebhookNotifierSpec } from '../notify.ts'

/**
 * Data of this notifier that is sent over a connection without encryption to another host; undefined: no secrets. `address`: the value of a secret
 * address; without it, an address with a secret scheme counts as encrypted. Never contains a secret.
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

/** The name of a header that probably contains a secret. */
export const SECRET_HEADER = /auth|token|secret|key|cookie/iu

function isPlain(address: string | undefined): boolean {
  return address !== undefined && isExposedAddress(address)
}

function secretOf(url: SecretText): string {
  return `the secret sent to ${describeAddress(url)}`
}

/** The text before the first secret. */
function literal([first]: SecretText): string | undefined {
  return typeof first === 'string' ? first : undefined
}

function holdsSecret(text: SecretText): boolean {
  return text.some((part) => typeof part !== 'string')
}

// The paths of chat and monitoring URLs are tokens, and so are long words in a query.
const TOKEN = /^[^/]*\/\/[^/?#]*@|[/=](?=[\w-]*\d)[\w-]{16,}/u

function isSecretAddress(url: SecretText): boolean {
  return holdsSecret(url) || TOKEN.test(url.join(''))
}

function holdsSecretJson(json: JsonTemplate | undefined): boolean {
  if (json === undefined || json.kind === 'value') return false
  if (json.kind === 'text') return holdsSecret(json.parts)
  return json.kind === 'list' ? json.items.some(holdsSecretJson) : json.members.some(({ value }) => holdsSecretJson(value))
}

const PLAIN = /^\s*http:\/\//iu
const LOOPBACK = /^\s*http:\/\/(?:[^/?#@\\]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?(?:[/?#\\]|$)/iu

/** Whether data sent to this address leaves the host without encryption. If only the beginning of an address is known, it decides. */
export function isExposedAddress(address: string): boolean {
  return PLAIN.test(address) && !LOOPBACK.test(address)
}

/** Whether a host, given by its name or address, is this one. */
function isLoopback(host: string): boolean {
  return LOOPBACK.test(`http://${host}`)
}

/** The password of the proxy for a request to this address, if it is sent without encryption, in words; undefined: none. */
export function exposedProxy(address: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const target = URL.parse(address)
  if (target === null || isExempt(target.hostname, variable('no_proxy', environment))) return undefined
  const proxy = URL.parse(withScheme(variable(target.protocol === 'https:' ? 'https_proxy' : 'http_proxy', environment) ?? ''))
  if (proxy === null || proxy.protocol !== 'http:' || proxy.password === '' || isLoopback(proxy.hostname)) return undefined
  return `the password for the proxy ${proxy.host}`
}

function variable(name: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  return environment[name] || environment[name.toUpperCase()]
}

function withScheme(proxy: string): string {
  return proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`
}

function isExempt(host: string, list = ''): boolean {
  const names = list.split(/[\s,]+/u).map((it) => it.replace(/^\*?\./u, ''))
  return names.some((it) => it === '*' || (it !== '' && (host === it || host.endsWith(`.${it}`))))
}
