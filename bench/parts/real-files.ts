import { join } from 'node:path'
import type { Site } from '../pairs/site.ts'

/** Copies files of this host, up to a size, into a folder of the site: data as it is on hosts, which nobody changes meanwhile. Returns the folder. */
export function copyRealFiles(site: Site): string {
  const folder = join(site.folder, 'real')
  // tar ends by SIGPIPE when there is enough, and the last file is cut.
  site.prepare(
    `mkdir ${folder}; set +o pipefail; tar --warning=none -C / -cf - usr/share usr/lib | head -c ${site.sizes.realMib}M | tar -C ${folder} --warning=none -xf - || [ $? -eq 2 ]`,
  )
  site.keepCached(folder)
  return folder
}
