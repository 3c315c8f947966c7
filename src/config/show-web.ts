import { formatDuration } from '../lib/format.ts'
import type { WebSpec } from '../plan/web.ts'
import type { Lines } from './show-notify.ts'

/** The addresses of the web server, and its clients. */
export function webLines({ host = '127.0.0.1', port, apiPort, tls, basePath, names, trustedProxies, allow, audit = {} }: WebSpec): Lines {
  return [
    `address: ${host}, port ${port ?? '5555, or 5556 for the API alone'}${tls ? ', https' : ''}`,
    ...(apiPort === undefined ? [] : [`port of the API alone: ${apiPort}`]),
    ...(tls ? [`certificate: ${tls.certificate}, key: ${tls.key}`] : []),
    ...(basePath === '' ? [] : [`base path: ${basePath}`]),
    ...(names.length > 0 ? [`names: ${names.join(', ')}`] : []),
    ...(trustedProxies.length > 0 ? [`trusted proxies: ${trustedProxies.join(', ')}`] : []),
    ...(audit.keepMs === undefined ? [] : [`audit log: keep for ${formatDuration(audit.keepMs)}`]),
    ...(audit.lines === undefined ? [] : [`audit log: at most ${audit.lines} lines`]),
    ...(allow.length > 0 ? [`API without a token for: ${allow.join(', ')}`] : []),
  ]
}
