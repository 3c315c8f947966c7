import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Explored } from './explore.ts'

export interface Exploration {
  /** The title of the scene. */
  readonly scene: string
  readonly deviations: number
  /** Schedules by chance, and from which seed. */
  readonly rounds: number
  readonly seed: number
}

/** Explores a scene with the real code in a thread of its own: the runner of tests follows each promise of its own thread, which takes a third of the time. */
export async function exploreScene(exploration: Exploration): Promise<{ readonly all: Explored; readonly some: Explored }> {
  const worker = new Worker(new URL('explore-thread.ts', import.meta.url), { workerData: exploration })
  const [explored] = await once(worker, 'message')
  return explored as { readonly all: Explored; readonly some: Explored }
}
