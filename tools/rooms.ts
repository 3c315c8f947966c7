/** The permitted imports of one room. A room may always import its own files; everything that is not listed is forbidden. */
export interface Room {
  /** Rooms whose values and types it may import. */
  readonly may: readonly string[]
  /** Rooms from which it may only import types. */
  readonly mayTypes?: readonly string[]
  /** Restricted features (keys of `privileges`) that it may use. */
  readonly holds?: readonly Privilege[]
}

export type Privilege = 'paths' | 'programs' | 'kill' | 'database' | 'clock' | 'exit' | 'signals' | 'environment' | 'console' | 'installation'

/** The table of rooms: folders directly under `src/`. `biome.json` is generated from it, and `check-arrows` checks it. */
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
  // What accounts may do is decided in accounts/; everything else in app/.
  api: { may: ['app', 'accounts', 'lib'], mayTypes: ['run', 'journal', 'plan'] },
  // Values of run/ and check/ that it prints are texts and renderers; what is done is in app/.
  cli: {
    may: ['app', 'api', 'config', 'check', 'run', 'backup', 'process', 'plan', 'files', 'lib'],
    mayTypes: ['journal', 'report', 'storage'],
    holds: ['clock', 'environment', 'console'],
  },
}

/** Files directly under `src/`, treated as rooms of their own. No file may import them. */
export const topFiles: Readonly<Record<string, Room>> = {
  'pack-tar.ts': { may: ['file-sets'], holds: ['exit'] },
  'observe-dump.ts': { may: ['backup'], holds: ['exit', 'environment'] },
  'main.ts': { may: ['cli', 'app', 'lib'], holds: ['clock', 'kill', 'exit', 'signals', 'environment', 'console'] },
}

/** A restricted feature: the reason, and the modules or names that provide it. */
export interface Restriction {
  readonly why: string
  readonly modules?: readonly string[]
  /** Only these exports of the modules; types are not restricted. */
  readonly members?: readonly string[]
  /** `console` includes all its members. `new Date` is `new Date()` without arguments and `Date()`, which read the clock. */
  readonly uses?: readonly string[]
}

/** Not restricted in tests and tools. */
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

/** Ways to bypass the table, forbidden everywhere: their use cannot be checked by reading the source. */
export const detours: Readonly<Restriction> = {
  why: 'this access cannot be checked: name the member, or import the module',
  modules: ['node:process', 'process', 'node:vm', 'vm'],
  uses: ['process.getBuiltinModule', 'process.binding', 'process.dlopen', 'require', 'eval', 'globalThis'],
}

/**
 * Functions of `node:fs` that use a path, of which another user could replace a part. Functions that only read facts (`lstat`) or use a descriptor
 * are permitted.
 */
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
