import { globSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Site } from '../pairs/site.ts'

export interface MadeSets {
  readonly config: string
  /** The stored objects, in the order of the sets. */
  readonly files: readonly string[]
}

/** Makes sets of incompressible objects `o0`, `o1`, … that have together the size of the site, in a storage that stays. */
export function makeSets(site: Site, { sets, objects }: { readonly sets: number; readonly objects: number }): MadeSets {
  const root = join(site.folder, `sets-${sets}-${objects}`)
  mkdirSync(root, { recursive: true })
  const bytes = Math.ceil((site.sizes.mib * 1024 * 1024) / (sets * objects))
  const all = Array.from({ length: objects }, (_, index) => `o${index}: { exec: [head, -c, "${bytes}", /dev/urandom], compress: none }`)
  const config = site.configure(`tasks: { t: { steps: [{ backup: { objects: { ${all.join(', ')} } } }] } }`, root)
  // Names of sets are seconds.
  for (let index = 0; index < sets; index++) site.prepare(`${index === 0 ? '' : 'sleep 1.1; '}${site.program} -q -f ${config} run`)
  const manifests = globSync(`${root}/t/*/manifest.json`).toSorted()
  const files = manifests.flatMap((it) => globSync(`${dirname(it)}/o*`).toSorted())
  if (files.length !== sets * objects) throw new Error(`expected ${sets * objects} stored objects below "${root}", found ${files.length}`)
  return { config, files }
}
