import { createHash, type Hash } from 'node:crypto'
import { counted, firstTexts, printable } from '../../lib/format.ts'
import type { Coverage } from '../set/coverage.ts'
import { lineOfMember } from './scan/member-lines.ts'
import { pathIn } from './scan/read-tar-header.ts'
import { scanTar } from './scan/scan-tar.ts'

/** Compares the members of an archive with what is recorded of them. */
export interface MemberComparison {
  /** The next bytes of the archive. */
  see(chunk: Buffer): void
  /** The rest of a sentence that begins with the name of the archive. Also undefined if the archive cannot be read, which is found elsewhere. Called at the end. */
  fault(): string | undefined
  /** The number of files of the sample whose contents were compared. Complete at the end. */
  sampled(): number
}

/** Undefined if nothing is recorded of the members. */
export function compareMembers({ members, attributes, sample = [] }: Coverage): MemberComparison | undefined {
  if (members === undefined && attributes === undefined && sample.length === 0) return undefined
  const list = createHash('sha256')
  const contents = compareContents(sample)
  let count = 0
  const { see, end } = scanTar(() => undefined, {
    onMember(header, pax) {
      list.update(lineOfMember(header, pax), 'latin1')
      count += Number(pax.has('attributes'))
      contents.begin(pathIn(header, pax))
    },
    onContents: contents.see,
  })
  return {
    see,
    fault() {
      if (end() !== undefined) return undefined
      if (members !== undefined && list.digest('hex') !== members)
        return 'has members with other modes, owners, sizes, times, names or links than when it was made'
      if (attributes !== undefined && count !== attributes)
        return `has ${counted(count, 'member')} with access control lists or extended attributes, expected ${attributes}`
      const { others } = contents.end()
      return others.length === 0 ? undefined : `has other contents than the source had, in ${firstTexts(others.map((it) => `"${printable(it)}"`))}`
    },
    sampled: () => contents.end().compared,
  }
}

/** Compares the contents of files that are in the sample. Files without data in the archive, such as sparse ones, have none here. */
function compareContents(sample: NonNullable<Coverage['sample']>) {
  const wanted = new Map(sample.map((it) => [it.path, it.sha256]))
  const found = new Map<string, boolean>()
  let current: { readonly path: string; hash?: Hash } | undefined
  const finish = () => {
    if (current?.hash === undefined) return
    // A name may be in an archive more than once.
    found.set(current.path, current.hash.digest('hex') === wanted.get(current.path) && found.get(current.path) !== false)
    current = undefined
  }
  return {
    begin(name: Buffer) {
      finish()
      const path = wanted.size > 0 ? name.toString() : ''
      current = wanted.has(path) ? { path } : undefined
    },
    see(piece: Buffer) {
      if (current === undefined) return
      current.hash ??= createHash('sha256')
      current.hash.update(piece)
    },
    end() {
      finish()
      return { compared: found.size, others: [...found].flatMap(([path, isEqual]) => (isEqual ? [] : [path])) }
    },
  }
}
