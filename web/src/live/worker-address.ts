import address from './worker.ts?sharedworker&url'

interface Policies {
  readonly createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string }
}

/** The address of the worker. The server's policy accepts scripts only from trusted addresses: this one is set by the build. */
export function workerAddress(): string {
  const url = new URL(address, import.meta.url).href
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
  return policies ? policies.createPolicy('holdfast', { createScriptURL: () => url }).createScriptURL(url) : url
}
