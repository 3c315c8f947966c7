import type { CommandName } from './commands.ts'
import type { Exit } from './exit.ts'
import type { Invocation } from './options.ts'
import type { World } from './world.ts'

export type CommandRunner = (invocation: Invocation, world: World) => Promise<Exit>

/** What each command does. It is read from the disk when it is called, and with it everything that it may need until its end. */
export const RUNNERS: { readonly [Name in CommandName]: () => Promise<CommandRunner> } = {
  run: async () => (await import('./run.ts')).runCommandLine,
  sets: async () => (await import('./sets.ts')).showSets,
  verify: async () => (await import('./verify.ts')).verifySets,
  restore: async () => (await import('./restore.ts')).restoreCommand,
  rotate: async () => (await import('./rotate.ts')).rotateSets,
  enable: async () => (await import('./crontab.ts')).enableTasks,
  disable: async () => (await import('./crontab.ts')).disableTasks,
  schedule: async () => (await import('./schedule.ts')).showSchedule,
  check: async () => (await import('./check.ts')).checkCommand,
  runs: async () => (await import('./runs.ts')).listRuns,
  show: async () => (await import('./show.ts')).showRun,
  log: async () => (await import('./log.ts')).printLog,
  config: async () => (await import('./config.ts')).configCommand,
  storage: async () => (await import('./storage.ts')).storageCommand,
  mods: async () => (await import('./mods.ts')).showModules,
  'boot-report': async () => (await import('./boot-report.ts')).bootReport,
  notify: async () => (await import('./notify.ts')).notifyCommand,
  help: async () => (await import('./help.ts')).showHelp,
}
