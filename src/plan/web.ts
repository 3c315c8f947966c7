/** The addresses of the web server, and its clients, as far as configured. */
export interface WebSpec {
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** Default: 5555. */
  readonly port?: number
  /** Of the server of the API alone. Default: `port`, as with KristaBackup; if that is absent, 5556. */
  readonly apiPort?: number
  /** Files in PEM. Absent = http. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** The path before everything, behind a proxy: `/holdfast`, without a slash at its end; empty for none. */
  readonly basePath: string
  /** Names by which the server may be called, besides those of this host. */
  readonly names: readonly string[]
  /** Addresses and networks whose `X-Forwarded-…` headers count. */
  readonly trustedProxies: readonly string[]
  /** Addresses and networks that may read KristaBackup's API without a token, besides this host. */
  readonly allow: readonly string[]
  /** How much of the audit log is kept. Defaults: 730 days, 1,000,000 lines. */
  readonly audit?: { readonly keepMs?: number; readonly lines?: number }
}

export const DEFAULT_WEB: WebSpec = { basePath: '', names: [], trustedProxies: [], allow: [] }

/** The part of a `WebSpec` about the audit log; absent if nothing is configured. */
export function auditSpec(keepMs: number | undefined, lines: number | undefined): Pick<WebSpec, 'audit'> {
  if (keepMs === undefined && lines === undefined) return {}
  return { audit: { ...(keepMs !== undefined && { keepMs }), ...(lines !== undefined && { lines }) } }
}
