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
