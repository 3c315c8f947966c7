import { membersOf, type ProcessTree } from './process-tree.ts'

/** Calls back when a pipeline has not moved for a while: no byte at the sink, no CPU time in any process of its tree. */
export interface StillWatch {
  stop(): void
}

export interface StillCall {
  /** 0 = never. */
  readonly afterMs: number
  readonly call: () => void
}

/** Each of `calls` is made once per standstill, after its own time. Looks ten times in the shortest of the times, at most once a minute. */
export function watchForStandstill(tree: ProcessTree, sinkBytes: () => number, calls: readonly StillCall[]): StillWatch {
  const wanted = calls.filter(({ afterMs }) => afterMs > 0)
  if (wanted.length === 0) return { stop: () => undefined }
  const last = { bytes: -1, cpuTicks: -1 }
  let movedMs = performance.now()
  let made = new Set<StillCall>()
  const hasMoved = () => {
    const bytes = sinkBytes()
    // To look at all processes of the host is dear: not while bytes come.
    const cpuTicks = bytes === last.bytes ? membersOf(tree).reduce((sum, stat) => sum + stat.cpuTicks, 0) : last.cpuTicks
    const isSame = bytes === last.bytes && cpuTicks === last.cpuTicks
    Object.assign(last, { bytes, cpuTicks })
    return !isSame
  }
  const look = () => {
    if (hasMoved()) {
      movedMs = performance.now()
      made = new Set()
      return
    }
    for (const due of wanted.filter((it) => !made.has(it) && performance.now() - movedMs >= it.afterMs)) {
      made.add(due)
      due.call()
    }
  }
  const timer = setInterval(look, Math.min(60_000, Math.max(50, Math.min(...wanted.map((it) => it.afterMs)) / 10)))
  return {
    stop: () => {
      clearInterval(timer)
    },
  }
}
