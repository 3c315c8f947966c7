import { randomBytes } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addUser } from '../../../accounts/users.ts'
import { closeFolder, type Folder } from '../../../files/folder.ts'
import { makeFolderIn } from '../../../files/make-folder.ts'
import { makePrivateFolder, type PrivateFolder } from '../../../files/private-folder.ts'
import { replaceFileIn } from '../../../files/write-small.ts'
import { writeHistory } from '../../../journal/write-history.ts'
import { errorsOf } from '../../../lib/errors.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'
import type { HostCrontab } from '../../../schedule/host-crontab.ts'
import { storageErrorOf } from '../../../storage/system-errors.ts'
import { originOf } from '../../host/host-journal.ts'
import type { JobView } from '../jobs/job.ts'
import type { Jobs } from '../jobs/open-jobs.ts'
import { openJobs } from '../jobs/open-jobs.ts'
import { openAccounts } from '../open-web.ts'
import type { Peers } from '../peers/open-peers.ts'
import { openPlanCache } from '../plan-cache.ts'
import type { WebHost } from '../web-host.ts'
import { demoConfig, demoDump } from './demo-config.ts'
import { makeDemoEvidence } from './demo-evidence.ts'
import { demoHistory } from './demo-history.ts'
import { demoPeers } from './demo-hosts.ts'
import { makeDemoSets } from './demo-sets.ts'

class DemoError extends errorsOf('web')<'still-running'> {}

/** A host with a history, for viewing the pages: it has its own folder, configuration, journal, sets and account, and invented other hosts. */
export interface Demo {
  readonly host: WebHost
  readonly peers: Peers
  readonly user: { readonly name: string; readonly password: string }
  /** Stops running jobs, and removes the folder of the demonstration. Resolves with whether both succeeded; failures are reported to the host. */
  close(): Promise<boolean>
}

const DAYS = 180
const KEPT_SETS = 7
const RECORDED_SETS = 30

export interface DemoOptions {
  /** The port of the server. */
  readonly port: number
  /** The number of other hosts. */
  readonly hosts: number
}

/** Prepares a demonstration in a temporary folder. Nothing else on this host is changed. */
export async function openDemo(realHost: WebHost, { port, hosts }: DemoOptions): Promise<Demo> {
  const { folder, remove } = makePrivateFolder(tmpdir(), 'holdfast-demo-')
  try {
    const state = await fill(folder, port)
    const file = `${folder.path}/holdfast.yaml`
    const base: WebHost = {
      ...realHost,
      env: { ...realHost.env, HOLDFAST_STATE: state },
      choice: { invokedAs: 'holdfast', file, allowsUnsafe: true },
      allowsUnsafe: true,
    }
    const plan = await openPlanCache(base).plan()
    const host: WebHost = { ...base, crontab: demoCrontab(file, [...plan.tasks.keys()]) }
    const now = host.clock()
    const history = demoHistory(now, DAYS, originOf(plan, host, false))
    writeHistory(join(state, 'journal.db'), host, history)
    const nightly = history.flatMap(({ events: [first] }) => (first?.[1].kind === 'run-began' && first[1].task === 'nightly' ? [first[0]] : []))
    const places = setsOf(plan)
      .filter(({ task }) => task === 'nightly')
      .flatMap(({ targets, ...owned }) => targets.map((target) => ({ ...owned, target })))
    for (const place of places) await makeDemoSets(place, nightly.slice(-KEPT_SETS), host)
    await makeDemoEvidence({ plan, host }, places, nightly.slice(-RECORDED_SETS))
    const user = { name: 'demo', password: randomBytes(9).toString('base64url') }
    const accounts = openAccounts(host)
    await addUser(accounts, { ...user, email: 'demo@example.org', role: 'admin' }, { who: 'demo', via: 'none', address: hostname() })
    accounts.close()
    return { host, peers: demoPeers(hosts, host.clock), user, close: () => closeDemo(host, remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

async function closeDemo(host: WebHost, remove: PrivateFolder['remove']): Promise<boolean> {
  const running = await stopJobs(openJobs(host))
  for (const { command } of running) host.fail(new DemoError('still-running', `this is still running: ${command}`, { hint: 'Stop it manually.' }))
  const left = await remove()
  if (left !== undefined) host.fail(storageErrorOf(left.error, 'remove', left.path))
  return running.length === 0 && left === undefined
}

/** A crontab in memory, in which the tasks are initially enabled. */
function demoCrontab(file: string, tasks: readonly string[]): HostCrontab {
  let text = tasks.map((task) => `0 0 * * * holdfast -f ${file} run ${task} # ${task}\n`).join('')
  return {
    user: 'demo',
    read: async () => text,
    async install(wanted) {
      text = wanted
    },
  }
}

/** Creates the data of the demonstration. Resolves with its state folder. */
async function fill(top: Folder, port: number): Promise<string> {
  await replaceFileIn(top, 'holdfast.yaml', demoConfig(top.path, port), { mode: 0o600, isDurable: false })
  const data = await makeFolderIn(top, 'data')
  await replaceFileIn(data, 'shop.sql', demoDump(KEPT_SETS), { mode: 0o600, isDurable: false })
  for (const [name, files] of Object.entries({ etc: ['hosts', 'fstab', 'ssh.conf'], www: ['index.html', 'style.css', 'logo.svg'] })) {
    const inside = await makeFolderIn(data, name)
    for (const [index, it] of files.entries())
      await replaceFileIn(inside, it, `${it} of the demonstration\n`.repeat(100 * (index + 1)), { mode: 0o644, isDurable: false })
    await closeFolder(inside)
  }
  await closeFolder(data)
  await closeFolder(await makeFolderIn(top, 'state'))
  return `${top.path}/state`
}

const TRIES = 600
const WAIT_MS = 100

/** Requests all running jobs to stop, and waits until they have ended. Resolves with those that are still running after a minute. */
async function stopJobs(jobs: Pick<Jobs, 'list' | 'stop'>): Promise<readonly JobView[]> {
  const running = () => jobs.list().filter(({ state }) => state === 'running')
  for (const { id } of running()) jobs.stop(id)
  for (let tries = 0; tries < TRIES && running().length > 0; tries += 1) await sleep(WAIT_MS)
  return running()
}
