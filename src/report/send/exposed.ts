import type { NotifierSpec } from '../../plan/notify.ts'
import { exposedProxy } from '../../plan/storages/exposed-proxy.ts'
import { exposedSecret } from '../../plan/storages/exposed-secret.ts'
import type { SendDeps } from './send-deps.ts'

/** Tells what is secret in a delivery by this notifier and not encrypted on its way. `address`: where an HTTP request goes. */
export function tellExposed(spec: NotifierSpec, address: string | undefined, { environment, onExposed }: Partial<SendDeps>): void {
  const found = [exposedSecret(spec, address), address === undefined ? undefined : exposedProxy(address, environment ?? {})]
  for (const what of found) if (what !== undefined) onExposed?.(`${what} is sent without encryption`)
}
