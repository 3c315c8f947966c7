import { join } from 'node:path'
import type { Part } from '../pairs/part.ts'

/** One large object that no program changes: what passing data on costs. */
export const plainObject: Part = {
  name: 'plain-object',
  title: ({ mib }) => `One object of ${mib} MiB through two \`cat\`, incompressible`,
  pairs: async (site) => {
    const source = join(site.folder, 'random')
    site.prepare(`head -c ${site.sizes.mib}M /dev/urandom >${source}`)
    const config = site.configure(
      `tasks: { t: { steps: [{ backup: { compress: none, objects: { o: { pipeline: [{ argv: [cat, ${source}] }, { argv: [cat] }] } } } }] } }`,
    )
    const holdfast = site.holdfast(config, 'run')
    const file = `${site.out}/f`
    return [
      {
        holdfast,
        other: site.shell('shell, with flush and digest', `cat ${source} | cat >${file}; sync ${file}; openssl dgst -sha256 ${file}`),
        budget: 0.8,
      },
      { holdfast, other: site.shell("PALHM's sink (`dd`; no digest, no flush)", `cat ${source} | cat | dd bs=4096 of=${file} status=none`) },
    ]
  },
}
