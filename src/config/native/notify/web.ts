import type { LocatedNode } from '../../../document/yaml/node.ts'
import { auditSpec, type WebSpec } from '../../../plan/web.ts'
import type { Context } from '../context.ts'
import { checkForm } from '../schema/check-form.ts'
import { web } from '../schema/web.ts'

/** Compiles `web`; undefined if it is absent or invalid, which is reported. */
export function compileWeb(at: LocatedNode | undefined, { report }: Pick<Context, 'report'>): WebSpec | undefined {
  const input = at && checkForm(at, web, report)
  if (!input) return undefined
  const { host, port, tls, names = [], allow = [], audit } = input
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(input['api-port'] !== undefined && { apiPort: input['api-port'] }),
    ...(tls && { tls }),
    basePath: (input['base-path'] ?? '').replace(/\/$/u, ''),
    names,
    trustedProxies: input['trusted-proxies'] ?? [],
    allow,
    ...auditSpec(audit?.['keep-time'], audit?.['keep-lines']),
  }
}
