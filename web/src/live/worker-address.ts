import address from './worker.ts?sharedworker&url'

interface Policies {
  readonly createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string }
}

/** Where the worker is. The server's policy lets scripts come only from addresses that are marked as trusted: this one is made by the build. */
export function workerAddress(): string {
  const url = new URL(address, import.meta.url).href
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
  return policies ? policies.createPolicy('holdfast', { createScriptURL: () => url }).createScriptURL(url) : url
}
