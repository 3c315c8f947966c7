import type { SignalName } from '../../plan/command.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import type { Pipe } from '../pipes/pipe-ends.ts'
import type { Session } from '../session.ts'

/** What processes need of the run that they belong to. */
export interface ProcessWorld {
  readonly runId: string
  readonly session: Session
  readonly resolveSecret: ResolveSecret
  takePipes(count: number): Promise<readonly Pipe[]>
  readonly blockedSignals: readonly SignalName[]
  readonly ignoredSignals: readonly SignalName[]
}
