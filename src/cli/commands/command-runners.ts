import type { Exit } from '../../app/host/exit-codes.ts'
import type { CommandName } from '../args/commands.ts'
import type { Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'

export type CommandRunner = (invocation: Invocation, host: CliHost) => Promise<Exit>

/** The implementation of each command. It is loaded when it is called, together with everything that it may need. */
export const RUNNERS: { readonly [Name in CommandName]: () => Promise<CommandRunner> } = {
  run: async () => (await import('./run.ts')).runCommandLine,
  sets: async () => (await import('./sets.ts')).setsCommand,
  ls: async () => (await import('./contents/ls.ts')).lsCommand,
  find: async () => (await import('./contents/find.ts')).findCommand,
  index: async () => (await import('./contents/index-sets.ts')).indexCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  drill: async () => (await import('./proof/drill.ts')).drillCommand,
  restore: async () => (await import('./restore.ts')).restoreCommand,
  accept: async () => (await import('./accept.ts')).acceptCommand,
  adopt: async () => (await import('./host/adopt.ts')).adoptCommand,
  rotate: async () => (await import('./rotate.ts')).rotateCommand,
  hold: async () => (await import('./proof/hold.ts')).holdCommand,
  release: async () => (await import('./proof/hold.ts')).releaseCommand,
  kit: async () => (await import('./recovery/kit.ts')).kitCommand,
  rebuild: async () => (await import('./recovery/rebuild.ts')).rebuildCommand,
  evidence: async () => (await import('./proof/evidence.ts')).evidenceCommand,
  enable: async () => (await import('./crontab.ts')).enableCommand,
  disable: async () => (await import('./crontab.ts')).disableCommand,
  schedule: async () => (await import('./schedule.ts')).scheduleCommand,
  status: async () => (await import('./web/status.ts')).statusCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  runs: async () => (await import('./runs.ts')).listRuns,
  show: async () => (await import('./show.ts')).showRun,
  log: async () => (await import('./log.ts')).printLog,
  config: async () => (await import('./config.ts')).configCommand,
  storage: async () => (await import('./storage.ts')).storageCommand,
  init: async () => (await import('./host/init.ts')).initCommand,
  doctor: async () => (await import('./host/doctor.ts')).doctorCommand,
  upgrade: async () => (await import('./host/upgrade.ts')).upgradeCommand,
  mods: async () => (await import('./mods.ts')).showModules,
  'boot-report': async () => (await import('./boot-report.ts')).bootReport,
  notify: async () => (await import('./notify.ts')).notifyCommand,
  web: async () => (await import('./web/web.ts')).webCommand,
  metrics: async () => (await import('./web/metrics.ts')).metricsCommand,
  help: async () => (await import('./help.ts')).showHelp,
}
