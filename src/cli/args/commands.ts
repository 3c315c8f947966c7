import type { CommandSpec } from './command-spec.ts'
import { CONTENTS_COMMANDS } from './contents-commands.ts'
import { HOST_COMMANDS } from './host-commands.ts'
import { PROOF_COMMANDS } from './proof-commands.ts'
import { JSON_OPTION, KEY_OPTIONS, ROOT_OPTIONS, SET_PARAMETER, STORAGE_OPTION, TO_FILE_OPTION } from './shared-options.ts'

const RUN_PARAMETER = { name: '[run]', description: 'run id as listed by "runs", or its first characters, or "latest" (default)' } as const

/** The list of all commands, for the help and the reference. `cli/commands/command-runners.ts` contains their implementations. */
export const COMMANDS = [
  {
    name: 'run',
    summary: 'run a task: its steps in order, until one fails',
    parameters: [{ name: '[task]', description: 'task to run; default: the default task of the configuration' }],
    options: [
      { flags: '--dry-run', description: 'change nothing: print what would be run, written and expired, and what would fail' },
      { flags: '--json', description: 'print every event as one line of JSON on stdout; what the commands print goes to stderr' },
      {
        flags: '--sandbox',
        description:
          'run the task with a read-only host, except for the folders to which it writes according to its configuration, and without a network, unless it needs one; requires root',
      },
      { flags: '--strict', description: 'exit with code 3 if the run succeeded with warnings' },
      { flags: '--yes', description: 'confirm that the clock is correct: time-based rules and age limits apply at once' },
      ...ROOT_OPTIONS,
      {
        flags: '--stall-limit <duration>',
        description: 'end a pipeline that transfers no data and uses no CPU time for this long (default 6h; 0: never)',
      },
      {
        flags: '--run-limit <duration>',
        description: 'end a command, pipeline or request to a store that takes longer than this (default 0: never)',
      },
    ],
  },
  {
    name: 'sets',
    summary: 'list the backup sets of backup tasks',
    parameters: [{ name: '[task]', description: 'task to list; default: all backup tasks' }],
    options: [STORAGE_OPTION, ...ROOT_OPTIONS, JSON_OPTION],
  },
  ...CONTENTS_COMMANDS,
  {
    name: 'verify',
    summary: 'read sets and compare them with the digests in their manifests',
    parameters: [
      { name: '[task]', description: 'task to verify; default: all backup tasks' },
      { name: '[set]', description: 'set name as listed by "sets", or "latest" (default), or "all"' },
    ],
    options: [
      { flags: '--sample <percent>', description: 'read only this share of the objects, chosen at random: 10%' },
      { flags: '--deep', description: 'also decrypt and decompress, and read archives to the end; nothing is written' },
      { flags: '--strict', description: 'also exit with code 3 if a set is suspicious' },
      { flags: '--rate <size>', description: 'maximum read rate: 20MiB/s' },
      ...KEY_OPTIONS,
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  {
    name: 'restore',
    summary: 'restore objects of a set to a folder; files are moved to their places only after all of them have been restored successfully',
    parameters: [
      { name: '[task]', description: 'task that made the set' },
      { name: '[set]', description: SET_PARAMETER },
      { name: '[object...]', description: 'objects to restore, by path, with or without their extensions; default: all' },
    ],
    options: [
      {
        flags: '--to <folder>',
        description: 'target folder; created if missing. An archive is unpacked into FOLDER/OBJECT.d, any other object becomes FOLDER/OBJECT',
      },
      { flags: '--path <path...>', description: 'only these members of archives, as printed by "ls"; a folder includes its contents' },
      { flags: '--glob', description: 'the paths of --path are shell patterns: *, ?, [abc]' },
      { flags: '--overwrite', description: 'replace existing targets, each as a whole' },
      { flags: '--raw', description: 'restore the stored bytes unchanged: no unpacking, decompression or decryption' },
      { flags: '--numeric-owner', description: 'restore owners of archived files by numeric id, not by name' },
      ...KEY_OPTIONS,
      {
        flags: '--into <server>',
        description: 'restore one database dump into a new database, instead of --to: postgresql://USER@HOST/NAME, mariadb://USER@HOST/NAME',
      },
      { flags: '--password-file <file>', description: 'the file with the password for that server' },
      {
        flags: '--trust-dump',
        description:
          'with --into: load the dump with all privileges of the login; it can then start programs, access files or act as other accounts on the server',
      },
      { flags: '--unconfined', description: 'with --into: load the dump even if the client program cannot be confined (not root, or no namespaces)' },
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      { flags: '--dry-run', description: 'change nothing: print what would be restored where, and all conflicts' },
      JSON_OPTION,
    ],
  },
  {
    name: 'accept',
    summary: 'accept suspicious sets, whose sources were empty or far smaller than before, so that they count, and rotation continues',
    parameters: [
      { name: '[task]', description: 'task that made the set; default: all backup tasks' },
      { name: '[set]', description: 'set name as listed by "sets"; default: all suspicious sets' },
    ],
    options: [STORAGE_OPTION, ...ROOT_OPTIONS],
  },
  {
    name: 'adopt',
    summary:
      'assign the sets of another host to this one, so that rotation counts and removes them; for a host that was replaced, or a new container',
    parameters: [
      { name: '<host>', description: 'name of the host that made them, as listed by "sets"' },
      { name: '[task]', description: 'task whose sets are adopted; default: all backup tasks' },
    ],
    options: [STORAGE_OPTION, ...ROOT_OPTIONS],
  },
  {
    name: 'rotate',
    summary: 'remove the sets that the keep policy no longer retains, as every run does',
    parameters: [{ name: '[task]', description: 'task to rotate; default: all backup tasks' }],
    options: [
      { flags: '--dry-run', description: 'remove nothing: print which sets would be removed or kept, and why' },
      {
        flags: '--simulate <duration>',
        description: 'remove nothing: print which sets will exist on each of the next days, according to the schedule: 400d',
      },
      { flags: '--yes', description: 'confirm that the clock is correct: time-based rules apply at once, and ages are counted from the newest set' },
      STORAGE_OPTION,
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  ...PROOF_COMMANDS,
  {
    name: 'enable',
    aliases: ['en'],
    summary: 'add a line to the crontab that runs a task on its schedule; lines of other programs and configurations are not changed',
    parameters: [{ name: '<task>', description: 'task to schedule, or "all"' }],
    options: [
      { flags: '--systemd', description: 'create and start a systemd timer instead, with a service that is restricted to what the task needs' },
      { flags: '--dry-run', description: 'change nothing: print the line, or the units' },
    ],
  },
  {
    name: 'disable',
    aliases: ['dis'],
    summary: "remove a task's lines from the crontab",
    parameters: [{ name: '<task>', description: 'task to remove, or "all"' }],
    options: [
      { flags: '--systemd', description: "remove a task's systemd timer and service instead" },
      { flags: '--dry-run', description: 'change nothing' },
    ],
  },
  {
    name: 'schedule',
    summary: 'list the next scheduled runs of tasks, and whether the crontab or a systemd timer starts them as configured',
    parameters: [{ name: '[task]', description: 'task to list; default: all tasks with a schedule' }],
    options: [
      { flags: '--count <count>', description: 'number of next runs to list for each task (default 5 for one task, otherwise 1)' },
      JSON_OPTION,
    ],
  },
  {
    name: 'status',
    summary: 'print the state of all tasks and storages: last good set, last verification, next run, problems',
    parameters: [],
    options: [TO_FILE_OPTION, JSON_OPTION],
  },
  {
    name: 'check',
    summary: 'monitoring plugin (Nagios): prints one line and exits with 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN',
    parameters: [
      {
        name: '[name...]',
        description:
          'checks of the configuration, or tasks; default: all checks, the freshness of all sets, the free space for them, the last runs, and the requirements of the next ones',
      },
    ],
    options: [{ flags: '--timeout <duration>', description: 'a check that has not finished by then is UNKNOWN (default 10s)' }, JSON_OPTION],
  },
  {
    name: 'runs',
    summary: 'list the runs of this host, newest last',
    parameters: [{ name: '[task]', description: 'task to list; default: all tasks' }],
    options: [
      { flags: '--failed', description: 'only runs that failed or were killed' },
      { flags: '--limit <count>', description: 'number of newest runs to list (default 20)' },
      JSON_OPTION,
    ],
  },
  {
    name: 'show',
    summary: 'show one run: its steps, objects and sets, and its errors',
    parameters: [RUN_PARAMETER],
    options: [JSON_OPTION],
  },
  {
    name: 'log',
    summary: 'print the output of a run; with -v, including details',
    parameters: [RUN_PARAMETER],
    options: [],
  },
  {
    name: 'config',
    summary: 'show, check, describe, convert or generate the configuration',
    parameters: [
      {
        name: '[show|check|schema|convert|generate]',
        description:
          'show the resulting plan (default); report all errors; print a JSON Schema; convert a PALHM or KristaBackup configuration to the native format; print a configuration for what is found on this host',
      },
      { name: '[file]', description: 'with convert: configuration to convert; default: the one in use' },
    ],
    options: [
      { flags: '--strict', description: 'with check: exit with code 3 if there are warnings' },
      { flags: '--without-storages', description: 'with check: do not examine the storages, which may be unavailable at present' },
      {
        flags: '--dialect <name>',
        description:
          'with schema: native (default) or palhm; with check: the format of a file whose name does not indicate it: native, palhm or krista',
      },
    ],
  },
  {
    name: 'storage',
    summary: 'list the configured storages, or test that a storage meets the requirements of Holdfast',
    parameters: [
      { name: '[list|check]', description: 'list them (default); or test one, using temporary objects' },
      { name: '[name]', description: 'with check: storage to test, as named by "storage list"; default: the only one' },
    ],
    options: [
      { flags: '--size <size>', description: 'size of the object for measuring the transfer rate (default 16MiB; 0: do not measure)' },
      ...ROOT_OPTIONS,
      JSON_OPTION,
    ],
  },
  ...HOST_COMMANDS,
  {
    name: 'mods',
    summary: 'list the optional modules that a configuration can load',
    parameters: [],
    options: [],
  },
  {
    name: 'boot-report',
    summary: 'send the boot report of this host; exits with the code of the mail program',
    parameters: [],
    options: [{ flags: '--dry-run', description: 'send nothing: print the report and its recipients' }],
  },
  {
    name: 'notify',
    summary: 'send a test message',
    parameters: [
      { name: '<test>', description: 'the word "test"' },
      { name: '[notifier]', description: 'notifier to test; default: all configured notifiers' },
    ],
    options: [{ flags: '--dry-run', description: 'send nothing: print the message and its recipients' }],
  },
  {
    name: 'web',
    summary: 'start or stop the web server, print its state, or manage its users',
    parameters: [
      {
        name: '[start|stop|status|users|demo]',
        description: 'what to do; "users" is followed by list, add, upd, rm or reset; "demo" shows the pages with example data',
      },
      { name: '[word...]', description: 'with users: the subcommand, the user, and the address' },
    ],
    options: [
      { flags: '--api', description: 'with start, stop and status: only the API server, without pages' },
      { flags: '--webapi', description: 'the same as --api' },
      { flags: '--foreground', description: 'with start: stay in the foreground, as service managers require' },
      { flags: '--role <role>', description: 'with users add and upd: viewer (default), operator or admin' },
      { flags: '--admin', description: 'the same as --role admin' },
      { flags: '--plain', description: 'the same as --role viewer' },
      { flags: '--hosts <number>', description: 'with demo: number of other hosts (default 128)' },
      { flags: '--port <number>', description: 'with demo: port of the server (default 5557)' },
      { flags: '--totp', description: 'with users reset: also remove the second factor' },
      JSON_OPTION,
    ],
  },
  {
    name: 'metrics',
    summary: 'print metrics of tasks and storages, for the textfile collector of node_exporter',
    parameters: [],
    options: [TO_FILE_OPTION],
  },
  {
    name: 'help',
    summary: 'show help for the program or for one command',
    parameters: [{ name: '[command]', description: 'command to explain' }],
    options: [],
  },
] as const satisfies readonly CommandSpec[]

export type CommandName = (typeof COMMANDS)[number]['name']

export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({ name }) => name)
