import { DAY_MS } from '../../../lib/durations.ts'
import type { WebSpec } from '../../../plan/web.ts'
import type { NewValue } from '../convert-command.ts'

/** The section `web` of the native form. */
export function convertKristaWeb({ host, port, apiPort, tls, basePath, names, trustedProxies, allow, audit }: WebSpec): NewValue {
  return new Map<string, NewValue>([
    ...(host === undefined ? [] : [['host', host] as const]),
    ...(port === undefined ? [] : [['port', port] as const]),
    ...(apiPort === undefined ? [] : [['api-port', apiPort] as const]),
    ...(tls ? [['tls', new Map<string, NewValue>(Object.entries(tls))] as const] : []),
    ...(basePath === '' ? [] : [['base-path', basePath] as const]),
    ...Object.entries({ names, 'trusted-proxies': trustedProxies, allow }).flatMap(([key, words]) =>
      words.length > 0 ? [[key, words] as const] : [],
    ),
    ...(audit
      ? [
          [
            'audit',
            new Map<string, NewValue>([
              ...(audit.keepMs === undefined ? [] : [['keep-time', `${audit.keepMs / DAY_MS}d`] as const]),
              ...(audit.lines === undefined ? [] : [['keep-lines', audit.lines] as const]),
            ]),
          ] as const,
        ]
      : []),
  ])
}
