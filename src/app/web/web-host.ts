import type { Host } from '../host/host.ts'
import type { ConfigChoice } from '../host/load-plan.ts'

/** The host and the selected configuration, as required by the use cases of the server. */
export interface WebHost extends Host {
  readonly choice: ConfigChoice
}

/** The host for one request: its failures and notes are collected instead of printed. */
export function collecting(host: WebHost): { readonly host: WebHost; readonly failures: Parameters<Host['fail']>[0][] } {
  const failures: Parameters<Host['fail']>[0][] = []
  return { failures, host: { ...host, fail: (error) => failures.push(error), note: () => undefined, print: () => undefined } }
}
