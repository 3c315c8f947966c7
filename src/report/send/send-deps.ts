import type { NotifierSpec } from '../../plan/notify.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import { exposedProxy, exposedSecret } from '../../plan/storages/exposed.ts'
import type { Limits, Processes } from '../../process/processes.ts'

/** What sending needs of the real world. */
export interface SendDeps {
  /**
   * Does work that starts programs, one after another: what one of them leaves in the background must not be taken for a part of the next, and ended with it.
   */
  readonly withProcesses: <T>(work: (processes: Processes) => Promise<T>) => Promise<T>
  readonly resolveSecret: ResolveSecret
  /** Our own environment, for the mail programs that inherit it, and what it says of proxies and of Amazon's profiles. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly host: string
  readonly clock: () => Date
  /** Everything ends when it is aborted. */
  readonly signal: AbortSignal
  /** Prints to our standard output. */
  readonly print: (text: string) => void
  /** Told of each secret that goes, or went, over a connection without encryption, in words. */
  readonly onExposed?: (what: string) => void
  /** How programs that deliver are ended; their own limits come from the notifier. */
  readonly limits: Pick<Limits, 'graceMs' | 'lingerMs'>
}

/** One try to deliver one message. */
export interface Try extends SendDeps {
  /** How long it may take; `signal` is aborted then. */
  readonly tryMs: number
}

/** Tells what is secret in a delivery by this notifier and not encrypted on its way. `address`: where an HTTP request goes. */
export function noteExposed(spec: NotifierSpec, address: string | undefined, { environment, onExposed }: Partial<SendDeps>): void {
  const found = [exposedSecret(spec, address), address === undefined ? undefined : exposedProxy(address, environment ?? {})]
  for (const what of found) if (what !== undefined) onExposed?.(`${what} is sent without encryption`)
}
