import type { ActorSpec } from './actors.ts'
import type { Scene } from './watch.ts'

const backUp = (name: string, host: string, second = 1): ActorSpec => ({ name, host, second, does: 'back-up' })
const copy = (name: string, host: string, second = 1): ActorSpec => ({ name, host, second, does: 'copy' })
const native = { completeWhen: 'manifest', tellsTimes: true, copies: 1n } as const

/** Who meets whom, and where. */
export const SCENES: readonly Scene[] = [
  { ...native, title: 'two runs of one host, in one second', actors: [backUp('A', 'h1'), backUp('B', 'h1')] },
  { ...native, title: 'two runs of two hosts, in one second', actors: [backUp('A', 'h1'), backUp('B', 'h2')] },
  { ...native, title: 'the same, on a store that reports no times', tellsTimes: false, actors: [backUp('A', 'h1'), backUp('B', 'h2')] },
  { ...native, title: 'two runs in the root of an ancestor', completeWhen: 'folder', actors: [backUp('A', 'h1'), backUp('B', 'h2')] },
  { ...native, title: 'the same, one after the other on one host', completeWhen: 'folder', actors: [backUp('A', 'h1'), backUp('B', 'h1', 2)] },
  { ...native, title: 'two copies of one set, by two hosts', actors: [copy('A', 'h1'), copy('B', 'h2')] },
  { ...native, title: 'a run, and a copy of an older set', copies: 2n, actors: [backUp('A', 'h1', 5), copy('B', 'h2')] },
  { ...native, title: 'three runs of two hosts', copies: 2n, actors: [backUp('A', 'h1'), backUp('B', 'h1'), backUp('C', 'h2', 2)] },
]
