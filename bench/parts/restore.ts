import { join } from 'node:path'
import type { Pair } from '../pairs/contestant.ts'
import type { Part } from '../pairs/part.ts'
import type { Site } from '../pairs/site.ts'
import { makeSets } from './made-set.ts'
import { peersOf } from './peers.ts'

const OBJECTS = 8

/** Restoring what is stored unchanged: verified first, flushed at the end. */
export const restore: Part = {
  name: 'restore',
  title: ({ mib }) => `Restore of a set of ${mib} MiB, incompressible: one object, or ${OBJECTS}`,
  pairs: async (site) => {
    const one = makeSets(site, { sets: 1, objects: 1 })
    const several = makeSets(site, { sets: 1, objects: OBJECTS })
    const holdfast = { ...site.holdfast(one.config, 'restore', 't', 'latest', '--to', `${site.out}/r`), name: 'Holdfast, one object' }
    const inParts = { ...site.holdfast(several.config, 'restore', 't', 'latest', '--to', `${site.out}/r`), name: `Holdfast, ${OBJECTS} objects` }
    return [
      { holdfast, other: site.shell('shell (`openssl dgst; cp; sync`)', byShell(site, one.files)) },
      { holdfast: inParts, other: site.shell('shell (`openssl dgst; cp; sync` of each)', byShell(site, several.files)) },
      ...withRestic(site, { holdfast, files: one.files }),
    ]
  },
}

function byShell({ out }: Site, files: readonly string[]): string {
  return `mkdir ${out}/r; for it in ${files.join(' ')}; do openssl dgst -sha256 $it; cp $it ${out}/r; sync ${out}/r/\${it##*/}; done`
}

function withRestic(site: Site, { holdfast, files }: { readonly holdfast: Pair['holdfast']; readonly files: readonly string[] }) {
  const [restic] = peersOf(site)
  if (restic === undefined) return []
  const lacking = site.missing('restic restore', restic.programs)
  if (lacking !== undefined) return [lacking]
  const at = join(site.folder, 'kept')
  site.prepare(`mkdir ${at}; ${restic.init(at)}; ${restic.backup(at, files.join(' '))}`, restic.env)
  const script = `restic -q -r ${at}/restic restore latest --target ${site.out}/r; find ${site.out}/r -type f -exec sync {} +`
  return [{ holdfast, other: site.shell('restic restore, with flush', script, restic.env) }]
}
