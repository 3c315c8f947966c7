/** How one room may lean on the others. A room may always import its own files; anything not named here is forbidden. */
export interface Room {
  /** Rooms whose values and types it may import. */
  readonly may: readonly string[]
  /** Rooms that it may import types from, and nothing else. */
  readonly mayTypes?: readonly string[]
  /** Restricted things (keys of `privileges`) that it alone may use. */
  readonly holds?: readonly Privilege[]
}

export type Privilege = 'programs' | 'kill' | 'database' | 'clock' | 'exit' | 'signals' | 'environment' | 'console'

/** The one table of rooms: folders directly under `src/`. `biome.json` is generated from it, `check-arrows` judges by it. */
export const rooms: Readonly<Record<string, Room>> = {
  lib: { may: [] },
  plan: { may: ['lib'] },
  process: { may: ['plan', 'lib'], holds: ['programs', 'kill'] },
  legacy: { may: ['plan', 'lib'] },
  config: { may: ['legacy', 'plan', 'lib'] },
  storage: { may: ['process', 'plan', 'lib'] },
  backup: { may: ['storage', 'process', 'plan', 'lib'] },
  archive: { may: ['process', 'plan', 'lib'] },
  check: { may: ['backup', 'storage', 'process', 'plan', 'lib'] },
  run: { may: ['archive', 'check', 'backup', 'storage', 'process', 'plan', 'lib'] },
  schedule: { may: ['process', 'plan', 'lib'] },
  journal: { may: ['plan', 'lib'], mayTypes: ['run'], holds: ['database'] },
  report: { may: ['process', 'plan', 'lib'], mayTypes: ['run'] },
  api: { may: ['schedule', 'journal', 'report', 'backup', 'config', 'plan', 'lib'], mayTypes: ['run'] },
  cli: {
    may: ['lib', 'plan', 'process', 'legacy', 'config', 'storage', 'backup', 'archive', 'check', 'run', 'schedule', 'journal', 'report', 'api'],
    holds: ['clock', 'environment', 'console'],
  },
}

/** Files directly under `src/`, judged like rooms of their own. Nobody imports them. */
export const topFiles: Readonly<Record<string, Room>> = {
  'main.ts': { may: ['cli', 'lib'], holds: ['clock', 'kill', 'exit', 'signals', 'environment', 'console'] },
}

/** Something that few may do: why, and by which modules or names it is reached. */
export interface Restriction {
  readonly why: string
  readonly modules?: readonly string[]
  /** `console` covers all its members. `new Date` is `new Date()` without arguments and `Date()`, which read the clock. */
  readonly uses?: readonly string[]
}

/** Tests and tools are free of these. */
export const privileges: Readonly<Record<Privilege, Restriction>> = {
  programs: { why: 'only process/ starts programs', modules: ['node:child_process', 'child_process'] },
  kill: { why: 'only process/ and main.ts send signals', uses: ['process.kill'] },
  database: { why: 'only journal/ opens the journal', modules: ['node:sqlite'] },
  clock: { why: 'the clock is an argument', uses: ['Date.now', 'new Date'] },
  exit: { why: 'only main.ts ends the process', uses: ['process.exit', 'process.exitCode', 'process.abort', 'process.execve', 'process.reallyExit'] },
  signals: { why: 'only main.ts installs signal handlers', uses: ['process.on', 'process.once', 'process.addListener', 'process.prependListener'] },
  environment: { why: 'the environment and the command line are read in cli/ and handed down', uses: ['process.env', 'process.argv'] },
  console: { why: 'printing happens in cli/', uses: ['console', 'process.stdout', 'process.stderr'] },
}

/** Ways around the table, closed to everybody: what is reached through them cannot be judged by reading. */
export const detours: Readonly<Restriction> = {
  why: 'reached this way it cannot be judged: name the member, or import the module',
  modules: ['node:process', 'process', 'node:vm', 'vm'],
  uses: ['process.getBuiltinModule', 'process.binding', 'process.dlopen', 'require', 'eval', 'globalThis'],
}
