import { isLoopback } from './exposed-address.ts'

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
