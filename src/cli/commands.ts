export interface CommandSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** As the usage shows them: `[task]`. */
  readonly parameters: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly { readonly flags: string; readonly description: string }[]
}

const JSON_OPTION = { flags: '--json', description: 'print JSON for programs' } as const

const STORAGE_OPTION = {
  flags: '--storage <name>',
  description: 'only the sets on this storage: its name in the configuration, or its place',
} as const

const ROOT_OPTIONS = [
  { flags: '--accept-root', description: "take a storage's root as it is, although it was on another file system last time" },
  { flags: '--trust-root', description: 'trust whoever can write in the root of a storage, or on the way to it' },
] as const

const KEY_OPTIONS = [
  { flags: '--identity <file>', description: 'the key file for objects encrypted with age' },
  { flags: '--passphrase-file <file>', description: 'the file with the passphrase for gpg, or the password for openssl' },
] as const

const RUN_PARAMETER = { name: '[run]', description: 'its id as "runs" lists it, or the beginning of one, or "latest" (default)' } as const

/** The one list of commands, as the help and the reference show them. `runners.ts` has what each does. */
export const COMMANDS = [
  {
    name: 'run',
    summary: 'run a task: its steps one after another, until the first failure',
    parameters: [{ name: '[task]', description: "which one; without it, the configuration's default" }],
    options: [
      { flags: '--dry-run', description: 'change nothing: tell what would run, be written and be expired, and what would fail' },
      { flags: '--json', description: 'print every event as one line of JSON on stdout; what the commands print goes to stderr' },
      { flags: '--strict', description: 'end with 3 when everything was done but something was noted' },
      ...ROOT_OPTIONS,
      { flags: '--stall-limit <duration>', description: 'end a pipeline that moves no byte and uses no CPU for so long (default 6h; 0: never)' },
      { flags: '--run-limit <duration>', description: 'end a command or pipeline that takes longer than this (default 0: never)' },
    ],
  },
  {
    name: 'sets',
    summary: 'list the sets that backup tasks have made',
    parameters: [{ name: '[task]', description: 'whose; without it, those of every backup task' }],
    options: [STORAGE_OPTION, ...ROOT_OPTIONS, JSON_OPTION],
  },
  {
    name: 'verify',
    summary: 'read sets back and compare them with the digests in their manifests',
    parameters: [
      { name: '[task]', description: 'whose; without it, those of every backup task' },
      { name: '[set]', description: 'a name as "sets" lists it, or "latest" (default), or "all"' },
    ],
    options: [
      { flags: '--sample <percent>', description: 'read only so many of the objects, chosen by chance: 10%' },
      { flags: '--deep', description: 'also decompress and decrypt them, and read archives to their end; nothing is written' },
      { flags: '--rate <size>', description: 'read no more than so much in a second: 20MiB/s' },
      ...KEY_OPTIONS,
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'restore',
    summary: 'bring objects of a set back into a folder; nothing is put in place unless everything is good',
    parameters: [
      { name: '[task]', description: 'whose set' },
      {
        name: '[set]',
        description: 'its name; or "latest" (default); or a moment (UTC), for the newest set not after it: 2026-11-20, 2026-11-20T08:00',
      },
      { name: '[object...]', description: 'which ones, by their paths; without any, all' },
    ],
    options: [
      { flags: '--to <folder>', description: 'where to; made when missing. An archive goes to FOLDER/OBJECT.d, anything else to FOLDER/OBJECT' },
      { flags: '--path <glob...>', description: 'only these members of archives; a folder with all that it holds' },
      { flags: '--overwrite', description: 'replace what is there, each target as a whole' },
      { flags: '--raw', description: 'the stored bytes as they are: nothing unpacked, decompressed or decrypted' },
      { flags: '--numeric-owner', description: 'owners of archived files by their numbers, not their names' },
      ...KEY_OPTIONS,
      {
        flags: '--into <server>',
        description: 'instead of --to: one dump of one database into a new database: postgresql://USER@HOST/NAME, mariadb://USER@HOST/NAME',
      },
      { flags: '--password-file <file>', description: 'the file with the password for that server' },
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      { flags: '--dry-run', description: 'change nothing: tell what would be restored where, and what stands against it' },
      JSON_OPTION,
    ],
  },
  {
    name: 'rotate',
    summary: 'remove the sets that the keep policy does not want any more; every run does that too',
    parameters: [{ name: '[task]', description: 'whose; without it, those of every backup task' }],
    options: [
      { flags: '--dry-run', description: 'remove nothing: tell which sets would go or stay, and why' },
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'enable',
    aliases: ['en'],
    summary: 'write a line into the crontab that runs a task at its times; other lines stay as they are',
    parameters: [{ name: '<task>', description: 'which one, or "all"' }],
    options: [{ flags: '--dry-run', description: 'change nothing: print the line' }],
  },
  {
    name: 'disable',
    aliases: ['dis'],
    summary: "take a task's lines out of the crontab",
    parameters: [{ name: '<task>', description: 'which one, or "all"' }],
    options: [{ flags: '--dry-run', description: 'change nothing' }],
  },
  {
    name: 'schedule',
    summary: 'list when tasks run next by their schedules, and whether the crontab starts them',
    parameters: [{ name: '[task]', description: 'which one; without it, all that have a schedule' }],
    options: [{ flags: '--count <count>', description: 'so many of the next runs of each (default 1)' }, JSON_OPTION],
  },
  {
    name: 'check',
    summary: 'answer as a plugin of Nagios: one line, and 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN',
    parameters: [
      {
        name: '[name...]',
        description:
          'checks of the configuration, or tasks; without any, its checks, the freshness of all sets, the room for them, and the last runs',
      },
    ],
    options: [{ flags: '--timeout <duration>', description: 'what has no answer by then is UNKNOWN (default 10s)' }, JSON_OPTION],
  },
  {
    name: 'runs',
    summary: 'list the runs of this host, the newest last',
    parameters: [{ name: '[task]', description: 'whose; without it, those of every task' }],
    options: [
      { flags: '--failed', description: 'only those that did not end well, or were killed' },
      { flags: '--limit <count>', description: 'so many of the newest (default 20)' },
      JSON_OPTION,
    ],
  },
  {
    name: 'show',
    summary: 'show one run: its steps, objects and sets, and what went wrong',
    parameters: [RUN_PARAMETER],
    options: [JSON_OPTION],
  },
  {
    name: 'log',
    summary: 'print what one run told; with -v its details too',
    parameters: [RUN_PARAMETER],
    options: [],
  },
  {
    name: 'config',
    summary: 'show, check, describe or convert the configuration',
    parameters: [
      {
        name: '[show|check|schema|convert]',
        description: "the plan it makes (default); everything wrong with it; a JSON Schema of its form; PALHM's as a native one",
      },
      { name: '[file]', description: 'with convert: the configuration to convert; without it, the one in use' },
    ],
    options: [
      { flags: '--strict', description: 'with check: end with 3 when there are only warnings' },
      { flags: '--dialect <name>', description: 'with schema: native (default) or palhm' },
    ],
  },
  {
    name: 'storage',
    summary: 'list the storages of the configuration, or check that one of them keeps what every storage must promise',
    parameters: [
      { name: '[list|check]', description: 'list them (default); or try one with objects of its own, which are removed again' },
      { name: '[name]', description: 'with check: which one, as "storage list" calls it' },
    ],
    options: [
      { flags: '--size <size>', description: 'of the object that the speed is measured with (default 16MiB; 0: not measured)' },
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'mods',
    summary: 'list the optional modules that a configuration can ask for',
    parameters: [],
    options: [],
  },
  {
    name: 'boot-report',
    summary: 'report that this host has started; ends as the mail program does',
    parameters: [],
    options: [{ flags: '--dry-run', description: 'send nothing: print the report, and who would get it' }],
  },
  {
    name: 'notify',
    summary: 'send a message that is a test',
    parameters: [
      { name: '<test>', description: 'the word "test"' },
      { name: '[notifier]', description: 'which one; without it, every one that is configured' },
    ],
    options: [{ flags: '--dry-run', description: 'send nothing: print the message, and who would get it' }],
  },
  {
    name: 'help',
    summary: 'explain the program or one command',
    parameters: [{ name: '[command]', description: 'which one' }],
    options: [],
  },
] as const satisfies readonly CommandSpec[]

export type CommandName = (typeof COMMANDS)[number]['name']

export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({ name }) => name)
