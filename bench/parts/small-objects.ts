import { cpus } from 'node:os'
import type { Part } from '../pairs/part.ts'

const workers = cpus().length

/** Many objects of which starting the processes is the work. */
export const smallObjects: Part = {
  name: 'small-objects',
  title: ({ objects }) => `${objects} objects of one line, two programs each, ${workers} at the same time, with digest and flush`,
  pairs: async (site) => {
    const all = Array.from({ length: site.sizes.objects }, (_, index) => `o${index}: { pipeline: [{ argv: [echo, "${index}"] }, { argv: [cat] }] }`)
    const config = site.configure(`tasks: { t: { steps: [{ backup: { compress: none, objects: { ${all.join(', ')} } } }] } }`)
    const one = `echo {} | cat >${site.out}/o{}; sync ${site.out}/o{}; sha256sum ${site.out}/o{} >>${site.out}/sums`
    const script = `seq ${site.sizes.objects} | xargs -P ${workers} -I{} sh -c '${one}'`
    return [{ holdfast: site.holdfast(config, 'run'), other: site.shell('xargs -P', script), budget: 1.5 }]
  },
}
