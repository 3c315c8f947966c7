import type { ObjectRecord } from './manifest.ts'

/** The folder of a set that is ours alone: no object may lie there. */
export const OWN_FOLDER = '.holdfast'

const NAMES = ['RESTORE.md', 'SHA256SUMS', 'manifest.json'] as const

/** Where each of our files lies in a set. */
export type OwnPaths = Readonly<Record<(typeof NAMES)[number], string>>

/** Whether a file of ours may lie there: one that describes the set, and has to be read without the objects. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(`${OWN_FOLDER}/`) || NAMES.some((name) => name === path)
}

/** At the top of the set; one whose name an object has, or lies below, in our own folder. */
export function ownPaths(objects: readonly Pick<ObjectRecord, 'path'>[]): OwnPaths {
  const taken = new Set(objects.map(({ path }) => path.split('/')[0] ?? ''))
  const pathOf = (name: (typeof NAMES)[number]) => (taken.has(name) ? `${OWN_FOLDER}/${name}` : name)
  return { 'RESTORE.md': pathOf('RESTORE.md'), SHA256SUMS: pathOf('SHA256SUMS'), 'manifest.json': pathOf('manifest.json') }
}
