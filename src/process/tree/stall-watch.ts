import { membersOf, type ProcessTree } from './process-tree.ts'

/** Calls back when a pipeline has made no progress for a while: no data at the sink, no CPU time in any process of its tree. */
export interface StallWatch {
  stop(): void
}

export interface StallCall {
  /** 0 = never. */
  readonly afterMs: number
  readonly call: () => void
}

/** Each of `calls` is made once per stall, after its own time. Checks ten times during the shortest of the times, at most once a minute. */
export function watchForStall(tree: ProcessTree, sinkBytes: () => number, calls: readonly StallCall[]): StallWatch {
  const wanted = calls.filter(({ afterMs }) => afterMs > 0)
  if (wanted.length === 0) return { stop: () => undefined }
  const last = { bytes: -1, cpuTicks: -1 }
  let movedMs = performance.now()
  let made = new Set<StallCall>()
  const hasMoved = () => {
    const bytes = sinkBytes()
    // Examining all processes of the host is expensive: not while data arrives.
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
