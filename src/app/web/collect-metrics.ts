import { closeFolderSync } from '../../files/folder.ts'
import { openTargetSync } from '../../files/open-by-path.ts'
import { replaceFileInSync } from '../../files/write-small.ts'
import { openLocalData } from './local-data.ts'
import { type Family, readMetrics } from './metrics/read-metrics.ts'
import { openPlanCache } from './plan-cache.ts'
import { openSets } from './sets/set-list.ts'
import type { WebHost } from './web-host.ts'

/** The metrics of this host, without a server. */
export async function collectMetrics(host: WebHost): Promise<readonly Family[]> {
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  try {
    return await readMetrics({ plans, data, sets: openSets(plans, data, host) }, host.clock())
  } finally {
    await data.close()
  }
}

/** Replaces the contents of the file by a rename, so that readers see either the old or the new text. */
export function writeMetrics(path: string, text: string): void {
  const { folder, name } = openTargetSync(path)
  try {
    replaceFileInSync(folder, name, text, { mode: 0o644 })
  } finally {
    closeFolderSync(folder)
  }
}
