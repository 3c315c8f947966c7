import type { Part } from '../pairs/part.ts'
import { makeSets } from './made-set.ts'

const SETS = 8

/** Reading what is stored and comparing the digests. */
export const verify: Part = {
  name: 'verify',
  title: ({ mib }) => `Verification of ${mib} MiB: one object, or ${SETS} sets of one object each`,
  pairs: async (site) => {
    const one = makeSets(site, { sets: 1, objects: 1 })
    const several = makeSets(site, { sets: SETS, objects: 1 })
    return [
      {
        holdfast: { ...site.holdfast(one.config, 'verify', 't'), name: 'Holdfast, one object' },
        other: site.shell('`openssl dgst`', `openssl dgst -sha256 ${one.files.join(' ')}`),
      },
      {
        holdfast: { ...site.holdfast(several.config, 'verify', 't', 'all'), name: `Holdfast, ${SETS} sets` },
        other: site.shell('`openssl dgst`', `openssl dgst -sha256 ${several.files.join(' ')}`),
      },
    ]
  },
}
