import type { Host } from '../host/host.ts'
import type { ConfigChoice } from '../host/load-plan.ts'

/** What the server's use cases need: this host, and which configuration is meant. */
export interface WebHost extends Host {
  readonly choice: ConfigChoice
}

/** The host for one question: its failures and notes are collected instead of printed. */
export function collecting(host: WebHost): { readonly host: WebHost; readonly failures: Parameters<Host['fail']>[0][] } {
  const failures: Parameters<Host['fail']>[0][] = []
  return { failures, host: { ...host, fail: (error) => failures.push(error), note: () => undefined, print: () => undefined } }
}
