import type { HostFacts, Loaded } from '../../plan/loading.ts'
import { loadNative } from '../native/load.ts'

/** Loads a configuration that was converted and is in no file yet: whether it can be run, and what it lacks. */
export async function loadConverted(text: string, host: HostFacts): Promise<Loaded> {
  const reader = { resolve: async (path: string) => path, read: async () => Buffer.from(text) }
  return await loadNative('converted.yaml', { reader, host })
}
