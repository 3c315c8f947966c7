import { createHash } from 'node:crypto'
import type { Kept, World } from './world.ts'
import { nameOf } from './world.ts'

/** What the store holds of one set. */
interface Files {
  readonly files: Map<string, Kept>
  readonly marks: string[]
}

/** The sets of the store by their names. */
export function setsIn({ kept }: Pick<World, 'kept'>): ReadonlyMap<string, Files> {
  const sets = new Map<string, Files>()
  for (const [key, value] of kept) {
    const name = nameOf(key)
    const set: Files = sets.get(name) ?? { files: new Map(), marks: [] }
    sets.set(name, set)
    const path = key.slice(name.length + 1)
    if (path.startsWith('.holdfast/')) set.marks.push(path.slice('.holdfast/'.length))
    else set.files.set(path, value)
  }
  return sets
}

/** The sets that are complete by the table of `docs/format/set.md`, each with why it would not restore, where it would not. Written anew, without the code. */
export function completeIn(
  world: Pick<World, 'kept'>,
  { isLegacyRoot }: { readonly isLegacyRoot: boolean },
): ReadonlyMap<string, string | undefined> {
  const complete = new Map<string, string | undefined>()
  for (const [name, { files, marks }] of setsIn(world)) {
    const runsWith = (kind: string) => marks.filter((it) => it.startsWith(`${kind}/`)).map((it) => it.slice(kind.length + 1))
    const begins = runsWith('begin')
    const isInMaking = begins.some((run) => runsWith('lease').includes(run))
    if (isInMaking || marks.includes('expiring') || runsWith('sweep').length > 0) continue
    const manifest = files.get('manifest.json')
    if (manifest === undefined) {
      if (isLegacyRoot && files.size > 0 && begins.length === 0) complete.set(name, 'as the set of an ancestor')
      continue
    }
    const { objects, run } = contentsOf(manifest.text)
    if (!objects.every(({ path, bytes }) => Buffer.byteLength(files.get(path)?.text ?? '') === bytes && files.has(path))) continue
    const wrong = objects.find(({ path, sha256 }) => digestOf(files.get(path)?.text ?? '') !== sha256)
    complete.set(name, wrong === undefined ? undefined : `"${wrong.path}" is not what ${run} has put`)
  }
  return complete
}

/** The sets that are damaged by the same table. */
export function damagedIn(world: Pick<World, 'kept'>): readonly string[] {
  const complete = completeIn(world, { isLegacyRoot: false })
  return [...setsIn(world)].flatMap(([name, { files, marks }]) => {
    const isClaimed = marks.some(
      (it) => /^(?:expiring$|sweep\/)/u.test(it) || (it.startsWith('begin/') && marks.includes(it.replace('begin/', 'lease/'))),
    )
    return !isClaimed && files.has('manifest.json') && files.size > 1 && !complete.has(name) ? [name] : []
  })
}

interface Manifest {
  readonly objects: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
  readonly run: string
}

/** The same few texts are looked at after each change. */
const contentsOf = remembered((text) => JSON.parse(text) as Manifest)
const digestOf = remembered((text) => createHash('sha256').update(text).digest('hex'))

function remembered<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    if (known.size > 10_000) known.clear()
    const made = work(text)
    known.set(text, made)
    return made
  }
}

/** Everything that lies in the store and is no file of a complete set. */
export function leavingsIn(world: Pick<World, 'kept'>, complete: ReadonlyMap<string, unknown>): readonly string[] {
  return [...world.kept.keys()].filter((key) => !complete.has(nameOf(key)) || key.includes('/.holdfast/'))
}
