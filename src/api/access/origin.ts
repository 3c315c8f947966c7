import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { TLSSocket } from 'node:tls'
import { type Networks, readNetworks, withoutMapping } from '../../lib/networks.ts'
import type { Origin } from '../context.ts'
import { ApiError } from '../problems.ts'

const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via']
const LOOPBACK = readNetworks(['127.0.0.0/8', '::1'])

/** The settings that determine the origin of a request. */
export interface OriginRules {
  readonly trusted: Networks
  /** Lower case. */
  readonly names: readonly string[]
  readonly onUntrustedProxy: OriginSettings['onUntrustedProxy']
}

export interface OriginSettings {
  readonly trustedProxies: readonly string[]
  readonly names: readonly string[]
  /** Called with the address of a proxy on this host whose headers are not used, so that all its clients have one address. */
  readonly onUntrustedProxy: (address: string) => void
}

export function originRules({ trustedProxies, names, onUntrustedProxy }: OriginSettings): OriginRules {
  return { trusted: readNetworks(trustedProxies), names: [hostname(), 'localhost', ...names].map((it) => it.toLowerCase()), onUntrustedProxy }
}

/**
 * The origin of a request. Headers of proxies are used only if the proxy is trusted, and only up to the first proxy that is not. Throws
 * `api/wrong-host` for a name that does not belong to this host, as with DNS rebinding, where another site resolves its name to the address of this
 * host.
 */
export function originOf({ socket, headers, httpVersion }: IncomingMessage, { trusted, names, onUntrustedProxy }: OriginRules): Origin {
  const peer = withoutMapping(socket.remoteAddress ?? '')
  const isProxied = trusted.contain(peer)
  const forwarded = isProxied ? listOf(headers['x-forwarded-for']) : []
  // The nearest proxy is the last entry: the client is the last address that is not a trusted proxy.
  const address = [...forwarded, peer].toReversed().find((it) => !trusted.contain(it)) ?? forwarded[0] ?? peer
  const isTls = (socket as Partial<TLSSocket>).encrypted === true
  const isSecure = isTls || (isProxied && listOf(headers['x-forwarded-proto']).at(-1) === 'https')
  const name = nameOf(headers.host)
  const hasHeaders = FORWARDED.some((it) => headers[it] !== undefined)
  if (hasHeaders && !isProxied && LOOPBACK.contain(peer)) onUntrustedProxy(peer)
  if (!isProxied && !isOwn(name, names))
    throw new ApiError('wrong-host', `unknown host name "${name.slice(0, 100)}"`, {
      hint: 'Add the name to "names" of "web" in the configuration, or the address of the proxy to "trusted-proxies".',
    })
  // nginx adds no header by itself, but sends HTTP/1.0, which no local client uses.
  const isForwarded = httpVersion === '1.0' || hasHeaders
  return {
    address: isIP(address) === 0 ? peer : address,
    isSecure,
    isLocal: LOOPBACK.contain(peer) && !isForwarded && isLoopbackName(name),
    device: (headers['user-agent'] ?? '').replaceAll(/[^ -~]/gu, '?').slice(0, 200),
  }
}

/** Addresses cannot be resolved to a different host by foreign DNS. */
function isOwn(name: string, names: readonly string[]): boolean {
  return isIP(name) !== 0 || names.includes(name) || name.endsWith('.localhost')
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || LOOPBACK.contain(name)
}

function nameOf(host: string | undefined): string {
  const { bracketed, plain = '' } = /^(?:\[(?<bracketed>[\da-f:.]+)\]|(?<plain>[^:]*))(?::\d+)?$/iu.exec(host ?? '')?.groups ?? {}
  return (bracketed ?? plain).toLowerCase()
}

function listOf(header: string | readonly string[] | undefined): readonly string[] {
  return [header ?? []]
    .flat()
    .flatMap((it) => it.split(','))
    .map((it) => withoutMapping(it.trim().replace(/^\[(?<inner>.*)\](?::\d+)?$/u, '$<inner>')))
    .filter((it) => it !== '')
}
