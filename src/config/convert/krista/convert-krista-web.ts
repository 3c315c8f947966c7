import type { WebSpec } from '../../../plan/web.ts'
import type { NewValue } from '../convert-command.ts'

/** The section `web` of the native form. */
export function convertKristaWeb({ host, port, tls, basePath, names, trustedProxies, allow }: WebSpec): NewValue {
  return new Map<string, NewValue>([
    ...(host === undefined ? [] : [['host', host] as const]),
    ...(port === undefined ? [] : [['port', port] as const]),
    ...(tls ? [['tls', new Map<string, NewValue>(Object.entries(tls))] as const] : []),
    ...(basePath === '' ? [] : [['base-path', basePath] as const]),
    ...Object.entries({ names, 'trusted-proxies': trustedProxies, allow }).flatMap(([key, words]) =>
      words.length > 0 ? [[key, words] as const] : [],
    ),
  ])
}
