import { closeSync } from 'node:fs'

let inherited: readonly number[] = []

/**
 * Sets the inherited descriptors above 2. The caller must have determined them when no others could be open: Node.js and its threads open descriptors
 * of their own at any time, which must not be treated as inherited ones.
 */
export function nameInherited(descriptors: readonly number[]): void {
  inherited = descriptors
}

/**
 * Closes them: otherwise, a lock of a wrapper script would be held by a daemon after the end of this process. Until now they could be read (`-f
 * /dev/fd/63`).
 */
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
