import { describeAddress, type JsonTemplate, type NotifierSpec, type SecretText, type WebhookNotifierSpec } from '../notify.ts'

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

const PLAIN = /^\s*http:\/\//iu
const LOOPBACK = /^\s*http:\/\/(?:[^/?#@\\]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?(?:[/?#\\]|$)/iu

/** Whether what is sent to this address leaves the host without encryption. Of an address of which only the beginning is known, that decides. */
export function isExposedAddress(address: string): boolean {
  return PLAIN.test(address) && !LOOPBACK.test(address)
}

/** Whether a host, as its name or number stands in an address, is this one. */
function isLoopback(host: string): boolean {
  return LOOPBACK.test(`http://${host}`)
}

/** The password of the proxy that a request to this address is sent through, when it goes there without encryption, in words; undefined = there is none. */
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
