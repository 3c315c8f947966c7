import { DAY_MS } from '../../lib/durations.ts'
import { isNetwork } from '../../lib/networks.ts'
import { quoted } from '../../lib/quoted.ts'
import { auditSpec, type WebSpec } from '../../plan/web.ts'
import type { Attributes } from './attributes.ts'

/** The settings of the section `web`: the ancestor's `host` and `port`, and Holdfast's own. */
export function compileWeb(web: Attributes): WebSpec {
  const [host, port] = [web.text('host'), web.number('port', 1)]
  const [certificate, key] = [web.text('certificate'), web.text('certificate_key')]
  const networks = (name: string) => {
    const words = web.list(name)
    for (const word of words)
      if (!isNetwork(word))
        web.report.error(
          web.value(name) ?? web.at,
          `invalid address or network ${quoted(word)}`,
          'Write an address such as 192.0.2.7, or a network such as 10.0.0.0/8.',
        )
    return words
  }
  const apiPort = web.number('api_port', 1)
  for (const [key, found] of Object.entries({ port, api_port: apiPort }))
    if (found !== undefined && found > 65_535)
      web.report.error(web.value(key) ?? web.at, `expected a port from 1 to 65535, found ${found}`, 'Write another number.')
  if ((certificate === undefined) !== (key === undefined))
    web.report.error(web.at, 'expected both "certificate" and "certificate_key", or neither', 'Add the missing one.')
  const days = web.number('audit_keep_days', 1)
  const basePath = (web.text('base_path') ?? '').replace(/\/$/u, '')
  if (!/^(?:\/[\w.~-]+)*$/u.test(basePath))
    web.report.error(web.value('base_path') ?? web.at, `invalid path ${quoted(basePath)}`, 'Write a path such as /holdfast.')
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(apiPort !== undefined && { apiPort }),
    ...(certificate !== undefined && key !== undefined && { tls: { certificate, key } }),
    basePath,
    names: web.list('names'),
    trustedProxies: networks('trusted_proxies'),
    allow: networks('allow'),
    ...auditSpec(days && days * DAY_MS, web.number('audit_keep_lines', 1000)),
  }
}
