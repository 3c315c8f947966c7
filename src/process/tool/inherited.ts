import { closeSync } from 'node:fs'

let inherited: readonly number[] = []

/**
 * Names the descriptors above 2 that our own starter left open. Who counts them must have done so when nothing else could open any: Node.js and its threads
 * open descriptors of their own at any time, which must not be taken for inherited ones.
 */
export function nameInherited(descriptors: readonly number[]): void {
  inherited = descriptors
}

/** Closes them: a lock of a wrapper script would otherwise outlive us in some daemon. Until now they were ours to read (`-f /dev/fd/63`). */
export function closeInherited(): void {
  for (const fd of inherited) {
    try {
      closeSync(fd)
    } catch {
      // Closed by its reader.
    }
  }
  inherited = []
}
