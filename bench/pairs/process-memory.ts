import { readFileSync } from 'node:fs'

/** Memory of a process and of all that descend from it now, without files. What has left the tree, because its parent ended, is not found. */
export function treeMemoryBytes(pid: number): number {
  try {
    const own = Number(/^RssAnon:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
    return childrenOf(pid).reduce((sum, child) => sum + treeMemoryBytes(child), own)
  } catch {
    // It has ended meanwhile.
    return 0
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}
