import { nearest } from '../../lib/suggest.ts'
import type { Content } from './filters.ts'
import { withoutSuffixes } from './inverse-filters.ts'

/** An object, as far as it can be named. */
export type NamedObject = { readonly path: string } & Content

/** The selected object, or the reason why there is none, with the possible paths. */
export type ObjectMatch<T> =
  | { readonly kind: 'found'; readonly object: T }
  | { readonly kind: 'unknown'; readonly guess?: string }
  /** `folder`: it is the name of a folder of objects, such as the dumps that one source makes. */
  | { readonly kind: 'ambiguous' | 'folder'; readonly paths: readonly string[] }

// Extensions that name the contents: those that the sources of the native configuration add.
const CONTENTS = /\.(?:tar|sql|ldif|sqlite3?|db3?)$/u

/**
 * The object with that path; otherwise the only one with that path without the extensions of its filters, or without that of its contents, too: `etc` for
 * `etc.tar.zst.age`.
 */
export function matchObject<T extends NamedObject>(objects: readonly T[], wanted: string): ObjectMatch<T> {
  const exact = objects.find(({ path }) => path === wanted)
  if (exact !== undefined) return { kind: 'found', object: exact }
  const found = objects.filter((object) => shortNames(object).includes(wanted))
  const [only] = found
  if (only !== undefined && found.length === 1) return { kind: 'found', object: only }
  if (found.length > 1) return { kind: 'ambiguous', paths: found.map(({ path }) => path) }
  const inside = objects.filter(({ path }) => path.startsWith(`${wanted}/`))
  if (inside.length > 0) return { kind: 'folder', paths: inside.map(({ path }) => path) }
  const guess = nearest(
    wanted,
    objects.flatMap((object) => [object.path, ...shortNames(object)]),
  )
  return { kind: 'unknown', ...(guess !== undefined && { guess }) }
}

function shortNames({ path, filters }: NamedObject): readonly string[] {
  const plain = withoutSuffixes(path, filters)
  const bare = plain.replace(CONTENTS, '').replace(/\.(?:tgz|txz|tbz2?|tzst)$/u, '')
  return [plain, bare].filter((name) => name !== '' && !name.endsWith('/') && name !== path)
}
