import { join } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { readSmall } from '../../files/read-small.ts'
import { livenessOf } from '../../process/identity/process-identity.ts'
import { stateFolder } from '../host/state-folder.ts'
import { parseServerRecord } from './server-lock.ts'
import type { WebHost } from './web-host.ts'

/** The consequence of a proxy on this host whose headers are not used, and a hint. */
export function untrustedProxyWarning(address: string): { readonly message: string; readonly hint: string } {
  return {
    message: `the web server receives requests from a proxy at ${address}, which is not in "trusted-proxies": all its clients share one address in login limits and in the audit log`,
    hint: `Write "trusted-proxies: [${address}]" in the section "web" of the configuration ("trusted_proxies" in KristaBackup's), and start the server again.`,
  }
}

/** The proxies that the running servers do not trust. Reads only. */
export async function untrustedProxies({ env, uid }: Pick<WebHost, 'env' | 'uid'>): Promise<readonly string[]> {
  const found = await Promise.all(['pages', 'api'].map((mode) => recordOf(join(stateFolder(env, uid), 'web', `${mode}.lock`))))
  return [...new Set(found.flatMap((it) => (it?.untrustedProxy !== undefined && livenessOf(it) === 'alive' ? [it.untrustedProxy] : [])))]
}

async function recordOf(path: string) {
  try {
    return parseServerRecord((await readSmall(path, { maxBytes: 4096 })).toString('utf8'))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
