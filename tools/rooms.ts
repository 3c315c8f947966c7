/** How one room may lean on the others. A room may always import its own files; anything not named here is forbidden. */
export interface Room {
  /** Rooms whose values and types it may import. */
  readonly may: readonly string[]
  /** Rooms that it may import types from, and nothing else. */
  readonly mayTypes?: readonly string[]
  /** Restricted things (keys of `privileges`) that it alone may use. */
  readonly holds?: readonly Privilege[]
}

export type Privilege = 'paths' | 'programs' | 'kill' | 'database' | 'clock' | 'exit' | 'signals' | 'environment' | 'console' | 'installation'

/** The one table of rooms: folders directly under `src/`. `biome.json` is generated from it, `check-arrows` judges by it. */
export const rooms: Readonly<Record<string, Room>> = {
  lib: { may: [], holds: ['installation'] },
  files: { may: ['lib'], holds: ['paths'] },
  plan: { may: ['lib'] },
  process: { may: ['plan', 'files', 'lib'], holds: ['programs', 'kill'] },
  document: { may: ['plan', 'lib'] },
  legacy: { may: ['document', 'plan', 'lib'] },
  config: { may: ['legacy', 'document', 'plan', 'lib'] },
  storage: { may: ['process', 'plan', 'files', 'lib'] },
  backup: { may: ['storage', 'process', 'plan', 'files', 'lib'] },
  'file-sets': { may: ['process', 'plan', 'files', 'lib'] },
  check: { may: ['backup', 'storage', 'process', 'plan', 'files', 'lib'] },
  run: { may: ['file-sets', 'check', 'backup', 'storage', 'process', 'plan', 'files', 'lib'] },
  schedule: { may: ['process', 'plan', 'files', 'lib'] },
  db: { may: ['files', 'lib'], holds: ['database'] },
  journal: { may: ['db', 'plan', 'files', 'lib'], mayTypes: ['run'] },
  accounts: { may: ['db', 'files', 'lib'] },
  report: { may: ['process', 'plan', 'files', 'lib'], mayTypes: ['run'] },
  app: {
    may: ['schedule', 'journal', 'accounts', 'report', 'run', 'check', 'file-sets', 'backup', 'storage', 'process', 'config', 'plan', 'files', 'lib'],
  },
  api: { may: ['app', 'lib'], mayTypes: ['run', 'journal', 'accounts', 'plan'] },
  cli: {
    may: [
      'app',
      'lib',
      'files',
      'plan',
      'process',
      'document',
      'legacy',
      'config',
      'storage',
      'backup',
      'file-sets',
      'check',
      'run',
      'schedule',
      'db',
      'journal',
      'report',
      'api',
    ],
    holds: ['clock', 'environment', 'console'],
  },
}

/** Files directly under `src/`, judged like rooms of their own. Nobody imports them. */
export const topFiles: Readonly<Record<string, Room>> = {
  'pack-tar.ts': { may: ['file-sets'], holds: ['exit'] },
  'main.ts': { may: ['cli', 'app', 'lib'], holds: ['clock', 'kill', 'exit', 'signals', 'environment', 'console'] },
}

/** Something that few may do: why, and by which modules or names it is reached. */
export interface Restriction {
  readonly why: string
  readonly modules?: readonly string[]
  /** Only these of what the modules export; types are free. */
  readonly members?: readonly string[]
  /** `console` covers all its members. `new Date` is `new Date()` without arguments and `Date()`, which read the clock. */
  readonly uses?: readonly string[]
}

/** Tests and tools are free of these. */
export const privileges: Readonly<Record<Privilege, Restriction>> = {
  paths: {
    why: 'folders and files are opened, made, renamed and removed by descriptor: use files/',
    modules: ['node:fs', 'fs', 'node:fs/promises', 'fs/promises'],
    members: pathMembers(),
  },
  programs: { why: 'only process/ starts programs', modules: ['node:child_process', 'child_process'] },
  kill: { why: 'only process/ and main.ts send signals', uses: ['process.kill'] },
  database: { why: 'only db/ opens databases', modules: ['node:sqlite'] },
  clock: { why: 'the clock is an argument', uses: ['Date.now', 'new Date'] },
  exit: { why: 'only main.ts ends the process', uses: ['process.exit', 'process.exitCode', 'process.abort', 'process.execve', 'process.reallyExit'] },
  signals: { why: 'only main.ts installs signal handlers', uses: ['process.on', 'process.once', 'process.addListener', 'process.prependListener'] },
  environment: { why: 'the environment and the command line are read in cli/ and handed down', uses: ['process.env', 'process.argv'] },
  installation: {
    why: 'where the program is and what belongs to it is known in lib/assets.ts alone',
    uses: ['process.execPath', 'import.meta.url', 'import.meta.filename', 'import.meta.dirname', 'import.meta.resolve'],
  },
  console: { why: 'printing happens in cli/', uses: ['console', 'process.stdout', 'process.stderr'] },
}

/** Ways around the table, closed to everybody: what is reached through them cannot be judged by reading. */
export const detours: Readonly<Restriction> = {
  why: 'this access cannot be checked: name the member, or import the module',
  modules: ['node:process', 'process', 'node:vm', 'vm'],
  uses: ['process.getBuiltinModule', 'process.binding', 'process.dlopen', 'require', 'eval', 'globalThis'],
}

/** What `node:fs` does with a path and another user can turn against us by exchanging a part of it. What only looks (`lstat`) or has a descriptor stays. */
function pathMembers(): readonly string[] {
  const names = [
    'open',
    'opendir',
    'readFile',
    'writeFile',
    'appendFile',
    'readdir',
    'rename',
    'rm',
    'rmdir',
    'unlink',
    'mkdir',
    'mkdtemp',
    'realpath',
  ]
  const more = ['copyFile', 'cp', 'link', 'symlink', 'chmod', 'lchmod', 'chown', 'lchown', 'utimes', 'lutimes', 'truncate', 'glob', 'watch']
  const all = [...names, ...more]
  return [
    ...all,
    ...all.map((name) => `${name}Sync`),
    'createReadStream',
    'createWriteStream',
    'watchFile',
    'promises',
    'openAsBlob',
    'mkdtempDisposable',
    '*',
  ]
}
