import { dirname, isAbsolute, join, resolve } from 'node:path'
import { realPathOf } from '../../../files/trust/real-path.ts'
import type { FileSet } from '../../../plan/dated-files.ts'
import type { BackupStep, ObjectSpec, Plan, Step, StorageSpec, Task } from '../../../plan/plan.ts'
import { tasksReached } from '../../../plan/steps/sets-of.ts'
import type { UnitNeeds } from '../../../schedule/timers/render-units.ts'

/** What one part of a task needs. */
interface Need {
  readonly writes?: readonly string[]
  /** It runs commands that may write anywhere, or programs that have files of their own. */
  readonly isOpen?: boolean
  readonly network?: UnitNeeds['network']
  readonly readsDevices?: boolean
  readonly setsGroupBit?: boolean
  readonly mounts?: readonly string[]
}

const OPEN: Need = { isOpen: true, network: 'all' }

/** What a run of the task needs of the host. Where the configuration does not show it, because commands of the user are run: everything. */
export async function needsOf(plan: Plan, task: Task, stateFolder: string): Promise<UnitNeeds> {
  const tasks = tasksReached(plan, task)
  const needs = [
    { writes: [stateFolder] },
    ...(await Promise.all(tasks.flatMap(({ steps }) => steps.map(ofStep)))),
    ...tasks.flatMap(({ notify = [] }) => (notify.length > 0 ? [ofNotifiers(plan)] : [])),
    ofLogs(plan),
  ]
  const networks = needs.map(({ network = 'none' }) => network)
  const network = networks.includes('all') ? 'all' : networks.includes('interfaces') ? 'interfaces' : 'none'
  const writes = [...new Set(needs.flatMap((need) => (need.writes ?? []).map((path) => rootOf(path, plan))))].toSorted()
  return {
    writes,
    isOpen: needs.some(({ isOpen }) => isOpen === true),
    network,
    readsDevices: needs.some(({ readsDevices }) => readsDevices === true),
    setsGroupBit: needs.some(({ setsGroupBit }) => setsGroupBit === true),
    mounts: [...new Set(needs.flatMap(({ mounts = [] }) => mounts))].toSorted(),
  }
}

/** Steps have folders of their own below the root of a named storage, which the first run creates. */
function rootOf(path: string, { storages }: Plan): string {
  const roots = [...(storages?.values() ?? [])].flatMap((it) => (it.kind === 'localfs' ? [it.root] : []))
  return roots.find((root) => path.startsWith(`${root}/`)) ?? path
}

/** A kind that is not listed starts commands of the user. */
async function ofStep(step: Step): Promise<Need> {
  const inFolder = (path: string) => (isAbsolute(path) ? path : step.workingFolder && join(step.workingFolder, path))
  const writing = (paths: readonly string[]): Need => {
    const absolute = paths.flatMap((path) => inFolder(path) ?? [])
    return absolute.length < paths.length ? OPEN : { writes: absolute.map((path) => resolve(path)) }
  }
  switch (step.kind) {
    case 'backup':
      return ofBackup(step)
    case 'copy':
      return both([ofStorage(step.from.storage), ofStorage(step.to.storage)])
    case 'archive':
      return writing([step.target, ...foldersOf(step.files)])
    case 'expire':
      return writing(step.sets.flatMap(({ files, folder }) => (folder === undefined ? foldersOf(files) : [folder])))
    case 'copy-files':
      return writing(step.periods.map(({ folder }) => folder))
    case 'check':
      return step.check.kind === 'disk-space' ? {} : OPEN
    case 'task':
    case 'issue':
    case 'test-files':
    case 'disk-usage':
      return {}
    default:
      return OPEN
  }
}

function foldersOf(files: FileSet): readonly string[] {
  return files.kind === 'dumps' ? [files.folder] : files.folders.flatMap((it) => it ?? [])
}

async function ofBackup({ targets, objects }: BackupStep): Promise<Need> {
  return both([...targets.map(({ storage }) => ofStorage(storage)), ...(await Promise.all(objects.map(ofObject)))])
}

/** The programs of databases have settings of the host, which can name a server elsewhere; gpg writes to the folder with its keys. */
async function ofObject({ source, stages }: ObjectSpec): Promise<Need> {
  if (stages.some(({ argv }) => /(?:^|\/)gpg2?$/u.test(argv[0]))) return OPEN
  switch (source?.kind) {
    case 'files':
      return {}
    case 'host-facts':
      // Programs of LVM, RAID and containers only read with locks, which they create in /run.
      return { network: 'interfaces', readsDevices: true, writes: ['/run', '/tmp'] }
    case 'sqlite':
      // A database in WAL mode has files beside it, which readers write, too; if the path is a link, they are beside its target.
      return { writes: [dirname(source.path), dirname(await realPathOf(source.path).catch(() => source.path)), stages[0]?.argv.at(-1) ?? '/var/tmp'] }
    case 'postgresql':
    case 'mariadb':
      return { network: 'all', writes: ['/tmp'] }
    case 'ldap':
      // On a read-only file system, LMDB opens a database without its locks: slapcat would read pages that slapd is changing. Its folder is not in the configuration.
      return OPEN
    default:
      return OPEN
  }
}

function ofStorage(storage: StorageSpec): Need {
  switch (storage.kind) {
    case 'null':
      return {}
    case 'localfs':
      return isAbsolute(storage.root)
        ? { writes: [storage.root], setsGroupBit: true, ...(storage.requireMount && { mounts: [storage.requireMount] }) }
        : OPEN
    case 's3':
      return { network: 'all' }
    default:
      // rclone writes new tokens to its configuration.
      return OPEN
  }
}

/** A mail program of the host may hand its work to another one with privileges, and has a queue. */
function ofNotifiers({ notifiers }: Plan): Need {
  const kinds = [...(notifiers?.values() ?? [])].map(({ kind }) => kind)
  return kinds.every((kind) => kind === 'smtp' || kind === 'sns' || kind === 'webhook' || kind === 'ping') ? { network: 'all' } : OPEN
}

function ofLogs({ runLogs, file, dialect }: Plan): Need {
  if (dialect === 'krista') return OPEN
  if (runLogs === undefined) return {}
  const at = (path: string) => resolve(dirname(file), path)
  return { writes: [at(runLogs.folder), ...(runLogs.triggerFile === undefined ? [] : [dirname(at(runLogs.triggerFile))])] }
}

function both(needs: readonly Need[]): Need {
  const networks = needs.map(({ network }) => network)
  const network = networks.find((it) => it === 'all') ?? networks.find((it) => it === 'interfaces')
  return {
    writes: needs.flatMap(({ writes = [] }) => writes),
    isOpen: needs.some(({ isOpen }) => isOpen === true),
    ...(network !== undefined && { network }),
    readsDevices: needs.some(({ readsDevices }) => readsDevices === true),
    setsGroupBit: needs.some(({ setsGroupBit }) => setsGroupBit === true),
    mounts: needs.flatMap(({ mounts = [] }) => mounts),
  }
}
