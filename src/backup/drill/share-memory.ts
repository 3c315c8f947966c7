import { freemem } from 'node:os'

const LEAST_BYTES = 1024 * 1024 * 1024

export interface MemoryShare {
  /** How many objects are restored at once. */
  readonly workers: number
  /** Of each of them. Absent: the default of a sandbox. */
  readonly memoryBytes?: number
}

/**
 * How many objects are restored at once, and with how much memory each: at most so many that each has 1 GiB of what all of them together may use, by default
 * half of the available memory. One object alone may use all of it.
 */
export function shareMemory(
  { memoryBytes, workers }: { readonly memoryBytes?: number; readonly workers: number },
  freeBytes = freemem(),
): MemoryShare {
  const all = memoryBytes ?? freeBytes / 2
  const atOnce = Math.max(1, Math.min(workers, Math.floor(all / LEAST_BYTES)))
  if (atOnce > 1) return { workers: atOnce, memoryBytes: Math.floor(all / atOnce) }
  return { workers: 1, ...(memoryBytes !== undefined && { memoryBytes }) }
}
