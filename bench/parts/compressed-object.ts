import type { Part } from '../pairs/part.ts'
import { firstBackups } from './peers.ts'
import { copyRealFiles } from './real-files.ts'

/** One object of real files, compressed. */
export const compressedObject: Part = {
  name: 'compressed-object',
  title: ({ realMib }) => `One object: \`tar | zstd\` of ${realMib} MiB of real files`,
  pairs: async (site) => {
    const source = copyRealFiles(site)
    const tar = ['tar', '-C', source, '-cf', '-', '.']
    const config = site.configure(`tasks: { t: { steps: [{ backup: { objects: { o: { exec: ${JSON.stringify(tar)}, compress: zstd } } } }] } }`)
    const holdfast = site.holdfast(config, 'run')
    const file = `${site.out}/f`
    const pipeline = `${tar.join(' ')} | zstd -q -c -T0`
    return [
      {
        holdfast,
        other: site.shell('shell, with flush and digest', `${pipeline} >${file}; sync ${file}; openssl dgst -sha256 ${file}`),
        budget: 1.05,
      },
      { holdfast, other: site.shell("PALHM's sink (`dd`; no digest, no flush)", `${pipeline} | dd bs=4096 of=${file} status=none`) },
      ...firstBackups(site, source).map((other) => ('missing' in other ? other : { holdfast, other })),
    ]
  },
}
