import type { NotifierSpec } from '../../plan/notify.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import { exposedProxy, exposedSecret } from '../../plan/storages/exposed-secrets.ts'
import type { Limits, Processes } from '../../process/processes.ts'

/** The dependencies for sending messages. */
export interface SendDeps {
  /** Runs work that starts programs. Several may run at the same time: the processes of each command are a group, and one that hangs delays no other. */
  readonly withProcesses: <T>(work: (processes: Processes) => Promise<T>) => Promise<T>
  readonly resolveSecret: ResolveSecret
  /** Holdfast's environment, for mail programs that inherit it, and for proxies and Amazon's profiles. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly host: string
  readonly clock: () => Date
  /** Aborts all deliveries. */
  readonly signal: AbortSignal
  /** Prints to the standard output. */
  readonly print: (text: string) => void
  /** Called with a description of each secret that is sent over an unencrypted connection. */
  readonly onExposed?: (what: string) => void
  /** How programs are ended; their time limits come from the notifier. */
  readonly limits: Pick<Limits, 'graceMs' | 'lingerMs'>
}

/** One attempt to deliver one message. */
export interface Try extends SendDeps {
  /** Its time limit, after which `signal` is aborted. */
  readonly tryMs: number
}

/** Reports secrets that a delivery with this notifier sends without encryption. `address`: of an HTTP request. */
export function noteExposed(spec: NotifierSpec, address: string | undefined, { environment, onExposed }: Partial<SendDeps>): void {
  const found = [exposedSecret(spec, address), address === undefined ? undefined : exposedProxy(address, environment ?? {})]
  for (const what of found) if (what !== undefined) onExposed?.(`${what} is sent without encryption`)
}
