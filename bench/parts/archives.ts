import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../pairs/part.ts'
import type { Site } from '../pairs/site.ts'
import { firstBackups, peersOf } from './peers.ts'

const FILES_IN_FOLDER = 250

/** One archive of many small files. */
export const archiveLevel0: Part = {
  name: 'archive-level-0',
  title: ({ files }) => `Archive of level 0: ${files} small files, with a list, gzip level 5`,
  pairs: async (site) => {
    const source = makeTree(site)
    const holdfast = site.holdfast(configure(site, { source, folder: site.out, level: 0 }), 'run')
    const file = `${site.out}/f`
    const tar = `tar --listed-incremental=${site.out}/snapshot -C ${source} -cf - .`
    return [
      { holdfast, other: site.shell('`tar \\| gzip`, with flush', `${tar} | gzip -5 >${file}; sync ${file}`), budget: 1.15 },
      site.missing('`tar | pigz`', { pigz: 'pigz' }) ?? {
        holdfast,
        other: site.shell('`tar \\| pigz`, with flush', `${tar} | pigz -5 >${file}; sync ${file}`),
      },
      ...firstBackups(site, source).map((other) => ('missing' in other ? other : { holdfast, other, budget: 0.25 })),
    ]
  },
}

/** What is new since the archive of level 0: nothing. */
export const archiveLevel1: Part = {
  name: 'archive-level-1',
  title: ({ files }) => `Archive of level 1 of the same ${files} files, none of which has changed`,
  pairs: async (site) => {
    const source = makeTree(site)
    const kept = join(site.folder, 'kept')
    mkdirSync(kept)
    site.prepare(`${site.program} -q -f ${configure(site, { source, folder: kept, level: 0 })} run`)
    const holdfast = site.holdfast(configure(site, { source, folder: kept, level: 1 }), 'run')
    const snapshot = join(kept, 'snapshot')
    site.prepare(`tar --listed-incremental=${snapshot} -C ${source} -cf - . | cat >/dev/null`)
    const copy = `${site.out}/snapshot`
    const tar = `cp ${snapshot} ${copy}; tar --listed-incremental=${copy} -C ${source} -cf - . | gzip -5 >${site.out}/f; sync ${site.out}/f`
    return [
      { holdfast, other: site.shell('`find -printf`', `find ${source} -printf '%y%T@ %s %P\\0' | cat >/dev/null`), budget: 1.5 },
      { holdfast, other: site.shell('`tar --listed-incremental \\| gzip`', tar) },
      ...peersOf(site).map((peer) => {
        const missing = site.missing(peer.name, peer.programs)
        if (missing !== undefined) return missing
        site.prepare(`${peer.init(kept)}; ${peer.backup(kept, source)}`, peer.env)
        return { holdfast, other: site.shell(`${peer.name} (again)`, peer.backup(kept, source), peer.env) }
      }),
    ]
  },
}

function configure(site: Site, { source, folder, level }: { readonly source: string; readonly folder: string; readonly level: 0 | 1 }): string {
  const files = `{ archives: { basename: a, folder: ${folder}/0, level-1-folder: ${site.out}/1, level: ${level} } }`
  return site.configure(`file-sets: { a: ${files} }\ntasks: { t: { steps: [{ archive: { files: a, source: ${source}, compression-level: 5 } }] } }`)
}

function makeTree(site: Site): string {
  const {
    folder: top,
    sizes: { files },
  } = site
  const source = join(top, 'source')
  for (let folder = 0; folder < Math.ceil(files / FILES_IN_FOLDER); folder++) {
    const path = join(source, `area${folder % 40}`, `folder-${folder}`)
    mkdirSync(path, { recursive: true })
    for (let index = 0; index < FILES_IN_FOLDER; index++)
      writeFileSync(join(path, `document-${folder}-${index}.txt`), `${folder} ${index}\n`.repeat(index % 20))
  }
  site.keepCached(source)
  return source
}
