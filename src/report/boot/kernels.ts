import { release } from 'node:os'
import { namesIn } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'

export interface Kernels {
  readonly running: string
  /** `unknown` where no installed one can be seen: a container, or a kernel from elsewhere. */
  readonly newestInstalled: string
}

/** The kernel that runs, and the newest of those in the folder. */
export async function readKernels(folder = '/boot'): Promise<Kernels> {
  const names = await withFolder(openFolder(`${folder}/.`), namesIn).catch(() => [])
  const versions = names.flatMap((name) => /^vmlinu[xz]-(?<version>\d.*)$/u.exec(name)?.groups?.['version'] ?? [])
  const installed = versions.filter((version) => !/\.(?:old|bak|dpkg-[a-z]+|rpm[a-z]+)$/u.test(version))
  return { running: release(), newestInstalled: installed.toSorted(byVersion).at(-1) ?? 'unknown' }
}

/** Runs of digits compare as numbers, anything else as text, as in the order of `ls -v`. */
export function byVersion(a: string, b: string): number {
  const left = a.match(/\d+|\D+/gu) ?? []
  const right = b.match(/\d+|\D+/gu) ?? []
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = comparePart(left[at] ?? '', right[at] ?? '')
    if (order !== 0) return order
  }
  return 0
}

function comparePart(a: string, b: string): number {
  const numbers = [a, b].every((part) => /^\d+$/u.test(part))
  if (numbers) return Number(a) - Number(b)
  // A "~" sorts before anything, even the end, and so do pre-releases: 6.9-rc1 is older than 6.9.
  if (isPre(a) !== isPre(b)) return isPre(a) ? -1 : 1
  return a < b ? -1 : Number(a > b)
}

function isPre(part: string): boolean {
  return part.startsWith('~') || part.startsWith('-rc')
}
