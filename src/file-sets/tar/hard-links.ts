import type { Stats } from 'node:fs'

type Named = Pick<Stats, 'dev' | 'ino' | 'nlink'>

/** Files with several hard links that are already in the archive, with their first names. A file is forgotten after all its names have occurred. */
export interface HardLinks {
  /** The name of the file in the archive. */
  first(file: Named): Buffer | undefined
  add(file: Named, name: Buffer): void
}

export function hardLinks(): HardLinks {
  const known = new Map<string, { readonly name: Buffer; left: number }>()
  const keyOf = ({ dev, ino }: Named) => `${dev} ${ino}`
  return {
    first(file) {
      const key = keyOf(file)
      const found = known.get(key)
      if (found === undefined) return undefined
      found.left--
      if (found.left <= 0) known.delete(key)
      return found.name
    },
    add(file, name) {
      known.set(keyOf(file), { name: Buffer.from(name), left: file.nlink - 1 })
    },
  }
}
