import { openLocalData } from './local-data.ts'
import type { TaskView } from './overview/read-overview.ts'
import { openPlanCache } from './plan-cache.ts'
import { openSets } from './sets/set-list.ts'
import { readStorages, type StorageView } from './storages-view.ts'
import type { WebHost } from './web-host.ts'

/** The current state of this host, as on its page. */
export interface HostStatus {
  readonly at: Date
  readonly tasks: readonly TaskView[]
  readonly storages: readonly StorageView[]
}

/** Reads it without a server. Rejects with a `ConfigError` or a `DatabaseError`. */
export async function readStatus(host: WebHost): Promise<HostStatus> {
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  try {
    const { at, tasks } = await data.overview()
    return { at, tasks, storages: await readStorages({ plans, data, sets: openSets(plans, data, host) }) }
  } finally {
    await data.close()
  }
}
