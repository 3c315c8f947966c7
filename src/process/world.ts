import type { SignalName } from '../plan/command.ts'
import type { ResolveSecret } from '../plan/secret.ts'
import { type Cgroup, type Cgroups, openCgroups } from './cgroup.ts'
import type { ProcessStat } from './host.ts'
import { openPipes, type Pipe } from './pipes.ts'
import type { ProcessTree } from './process-tree.ts'
import { markRun, type RunMark } from './run-mark.ts'
import { isTool } from './run-tool.ts'

/** What processes need of the run that they belong to. */
export interface ProcessWorld {
  readonly runId: string
  readonly resolveSecret: ResolveSecret
  /** Resolves once the run is marked, so that whoever gets its pipes also bears its mark. */
  takePipes(count: number): Promise<readonly Pipe[]>
  /** Undefined where there is no cgroup that we may use. */
  makeCgroup(): Cgroup | undefined
  readonly blockedSignals: readonly SignalName[]
  readonly ignoredSignals: readonly SignalName[]
  readonly usesCgroups: boolean
  /** Pipelines that have not ended yet. */
  readonly running: Set<object>
  /** What pipelines that ended well have left running, to be ended with the last one. */
  readonly leftBehind: { readonly tree: ProcessTree; readonly release: () => void }[]
  /** A process of this run that belongs to no running pipeline and was not spared. Nobody, while more than one pipeline runs: it could be either's. */
  isStray(pid: number): boolean
  /** These daemons of a successful step are none of our business any more. */
  spare(daemons: readonly Pick<ProcessStat, 'pid'>[]): void
  close(): void
}

export interface OpenedWorld extends ProcessWorld {
  setBlockedSignals(signals: readonly SignalName[]): void
}

export interface ProcessSettings {
  readonly runId: string
  /** Absent: a command that needs a secret is refused. */
  readonly resolveSecret?: ResolveSecret
  /** What our caller ignores, and so our children shall. */
  readonly ignoredSignals?: readonly SignalName[]
}

export function openWorld({ runId, resolveSecret, ignoredSignals }: Required<ProcessSettings>): OpenedWorld {
  const pipes = openPipes(runId)
  const running = new Set<object>()
  const spared = new Set<number>()
  let blocked: readonly SignalName[] = []
  let mark: Promise<RunMark> | undefined
  let known: RunMark | undefined
  let cgroups: Cgroups | false | undefined
  return {
    runId,
    resolveSecret,
    ignoredSignals,
    async takePipes(count) {
      mark ??= markRun(runId)
      known = await mark
      return await pipes.take(count)
    },
    makeCgroup: () => {
      cgroups ??= openCgroups(runId) ?? false
      return cgroups ? cgroups.make() : undefined
    },
    get blockedSignals() {
      return blocked
    },
    setBlockedSignals: (signals) => {
      blocked = signals
    },
    get usesCgroups() {
      return Boolean(cgroups)
    },
    running,
    leftBehind: [],
    isStray: (pid) => running.size <= 1 && !spared.has(pid) && !isTool(pid) && (known?.isOn(pid) ?? false),
    spare: (daemons) => {
      for (const { pid } of daemons) spared.add(pid)
    },
    close: () => {
      pipes.close()
      if (cgroups) cgroups.close()
    },
  }
}
