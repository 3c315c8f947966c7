import type { HostFacts, Loaded } from '../../plan/loading.ts'
import { loadNative } from '../native/load.ts'

/** Loads a converted configuration that is not in a file yet: whether it is valid, and its problems. */
export async function loadConverted(text: string, host: HostFacts): Promise<Loaded> {
  const reader = { resolve: async (path: string) => path, read: async () => Buffer.from(text) }
  return await loadNative('converted.yaml', { reader, host })
}
