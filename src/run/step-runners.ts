import type { Step } from '../plan/plan.ts'
import type { StageFacts } from '../process/process-result.ts'
import type { StepContext } from './run-context.ts'
import { datedFilesStep } from './steps/dated-files-step.ts'

/** Resolves with how the step's own processes ended, if there were any. */
export type Runner<S extends Step> = (step: S, context: StepContext) => Promise<readonly StageFacts[] | undefined>

/**
 * The implementation of each kind of step. Loaded when a plan contains such a step: most plans have few kinds, and loading all of them would delay
 * the start.
 */
const runners: { readonly [K in Step['kind']]: () => Promise<Runner<Extract<Step, { kind: K }>>> } = {
  exec: async () => (await import('./steps/exec.ts')).runExec,
  backup: async () => (await import('./steps/backup.ts')).runBackup,
  copy: async () => (await import('./steps/copy.ts')).runCopy,
  drill: async () => (await import('./steps/drill.ts')).runDrill,
  check: async () => (await import('./steps/check.ts')).runCheckStep,
  // Its failure is that of the task around it.
  task:
    async () =>
    async ({ task }, { runTask }) => {
      await runTask(task)
      return undefined
    },
  signals: async () => (await import('./steps/internal-steps.ts')).runSignals,
  issue: async () => (await import('./steps/internal-steps.ts')).runIssue,
  archive: async () => datedFilesStep((await import('../file-sets/make/make-archive.ts')).makeArchive),
  dump: async () => datedFilesStep((await import('../file-sets/dump/dump-databases.ts')).dumpDatabases),
  expire: async () => datedFilesStep((await import('../file-sets/expire/expire-files.ts')).expireFiles),
  'copy-files': async () => datedFilesStep((await import('../file-sets/use/copy-newest.ts')).copyNewest),
  sync: async () => (await import('./steps/sync.ts')).runSync,
  mount: async () => (await import('./steps/mount.ts')).runMount,
  ticket: async () => (await import('./steps/ticket.ts')).runTicket,
  'disk-usage': async () => (await import('./steps/disk-usage.ts')).runDiskUsage,
  'test-files': async () => datedFilesStep((await import('../file-sets/use/test-newest.ts')).testNewest),
}

export async function runnerOf<K extends Step['kind']>(kind: K): Promise<Runner<Extract<Step, { kind: K }>>> {
  return await runners[kind]()
}

/** Loads the modules that these steps need, so that an upgrade during a run has no effect. */
export async function loadRunners(steps: readonly Step[]): Promise<void> {
  await Promise.all([...new Set(steps.map(({ kind }) => kind))].map((kind) => runners[kind]()))
}
