import { join } from 'node:path'
import { openStore, type Store } from '../../accounts/store.ts'
import { messageOf } from '../../lib/errors.ts'
import { DEFAULT_WEB, type WebSpec } from '../../plan/web.ts'
import { stateFolder } from '../host/state-folder.ts'
import { type ConfigFile, openConfigFile } from './config-file/open-config-file.ts'
import { importAccounts } from './import-accounts.ts'
import { type Jobs, openJobs } from './jobs/open-jobs.ts'
import { openProgressReader, type ProgressReader } from './jobs/recorded-progress.ts'
import { type LocalData, openLocalData } from './local-data.ts'
import { type KeptIndexes, openKeptIndexes } from './logs/kept-indexes.ts'
import { openRunLines, type RunLines } from './logs/run-lines.ts'
import { openPeers, type Peers } from './peers/open-peers.ts'
import { openPlanCache, type PlanCache } from './plan-cache.ts'
import { openWebContents, type WebContents } from './sets/open-contents.ts'
import { openSets, type Sets } from './sets/set-list.ts'
import type { WebHost } from './web-host.ts'

/** The data and the operations of the web server. */
export interface Web {
  readonly host: WebHost
  readonly plans: PlanCache
  readonly data: LocalData
  readonly jobs: Jobs
  readonly progress: ProgressReader
  readonly peers: Peers
  readonly sets: Sets
  readonly contents: WebContents
  readonly logs: RunLines
  /** Of the log files of runs. */
  readonly logIndexes: KeptIndexes
  readonly config: ConfigFile
  readonly accounts: Store
  /** The configured addresses at the start of the server. */
  readonly spec: WebSpec
  close(): Promise<void>
}

/**
 * Opens the data of the server; `others` replaces the peers from the files of the host. The server starts with an invalid configuration, too: the
 * pages report its errors.
 */
export async function openWeb(initial: WebHost, others?: Peers): Promise<Web> {
  const plan = await openPlanCache(initial)
    .plan()
    .catch((error: unknown) => {
      initial.note(`the configuration cannot be used, so the default settings of "web" apply until the server is started again: ${messageOf(error)}`)
      return undefined
    })
  // The path is fixed from here on, even if another configuration file is created.
  const host = plan === undefined ? initial : { ...initial, choice: { ...initial.choice, file: plan.file } }
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  const jobs = openJobs(host)
  const peers = others ?? (await openPeers(host, plan))
  const accounts = openAccounts(host)
  const sets = openSets(plans, data, host)
  const logs = openRunLines(data.journal)
  const config = openConfigFile(plans, host)
  const logIndexes = openKeptIndexes()
  await importAccounts(accounts, plan, host)
  return {
    ...{
      host,
      plans,
      data,
      jobs,
      peers,
      sets,
      logs,
      logIndexes,
      config,
      accounts,
      progress: openProgressReader(data.journal, () => host.clock().getTime()),
      contents: openWebContents({ plans, sets }, host),
    },
    spec: plan?.web ?? DEFAULT_WEB,
    async close() {
      peers.close()
      await logIndexes.close()
      await data.close()
      accounts.close()
    },
  }
}

/** The accounts of this host. The caller closes them. */
export function openAccounts({ env, uid, clock, note }: Pick<WebHost, 'env' | 'uid' | 'clock' | 'note'>): Store {
  return openStore(join(stateFolder(env, uid), 'accounts.db'), { clock, note })
}
