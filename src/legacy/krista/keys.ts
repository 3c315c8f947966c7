/** Every key of the dialect with its meaning, by the place where it stands. The loader knows keys by these tables. */

export const TOP_KEYS = {
  naming: 'How this host is called in logs, and how files are called.',
  cron: 'Whose crontab holds the tasks.',
  logging: 'Where logs and the trigger file are.',
  web: 'Where the web server listens.',
  allow_parallel: 'false: while one task runs, no other may.',
  schedule: 'The tasks, by name.',
  actions: 'The actions, by name.',
} as const

export const NAMING_KEYS = {
  server_name: 'The name of this host in logs.',
  project: 'A word in the names of logs.',
  region: 'A word in the names of logs.',
  naming_scheme: 'How files are called: a scheme, or the id of one.',
} as const

export const CRON_KEYS = { cron_user: 'The user whose crontab holds the tasks.' } as const

export const LOGGING_KEYS = {
  logs_path: 'The folder of the logs.',
  trigger_filepath: 'The file with one word about the last runs, for monitoring.',
  use_console: 'Runs are shown on the terminal.',
  trigger_strict: 'false: the trigger file says SUCCESS from the beginning of a run on, as it used to.',
  language: 'en or ru; as the environment says when not said.',
  keep_days: 'How many days the logs of runs stay; 400 when not said.',
  keep_megabytes: 'How much the logs of runs may take together; 1024 when not said.',
} as const

export const WEB_KEYS = { host: 'The address to listen on.', port: 'The port to listen on.', SECRET_KEY: 'Has no effect.' } as const

export const TASK_KEYS = {
  actions: 'What is done, in order.',
  cron: 'When, for crontab.',
  all_fields_match: 'Day of month and day of week must both match.',
  descr: 'A description.',
  naming: '"project", "region" and "naming_scheme" for this task.',
  active: 'Has no effect.',
} as const

export const TASK_NAMING_KEYS = {
  project: NAMING_KEYS.project,
  region: NAMING_KEYS.region,
  naming_scheme: NAMING_KEYS.naming_scheme,
  server_name: 'Has no effect here.',
} as const

export const PERIOD_KEYS = {
  cron: 'When files are copied for this period.',
  path: 'The folder of the period; its name when not said.',
  max_files: 'How many files of each kind stay.',
  days: 'How many days files stay.',
} as const

const COMMON_KEYS = {
  type: 'What the action does.',
  source: 'The action that keys are inherited from.',
  basename: 'What the names of files begin with.',
  src_path: 'The folder to work on.',
  dest_path: 'The folder to write to.',
  use_re_in_patterns: 'Patterns are regular expressions.',
  continue_on_error: 'The task goes on when this fails.',
  dry: 'Only tell what would be done.',
  naming_scheme: NAMING_KEYS.naming_scheme,
  descr: 'A description.',
  desc: 'A description.',
} as const

const ARCHIVE_KEYS = {
  level: '0: everything; 1: what is new or changed since the newest level 0.',
  level_folders: 'Folders below "dest_path", one for each level.',
  exclusions: 'Patterns of what is left out.',
  check_level_list_only: 'false: the archive of level 0 must be there, not only its list.',
  checksum_file: 'A file with the SHA-1 digest is written.',
  overwrite: 'A file of the same name is replaced.',
  compression: 'How strongly, from 1 to 9.',
  compression_lib: 'gzip, bzip or lzma; for zip: zip, bzip or lzma.',
  use_absolute_path: 'Paths are recorded from the root.',
  list_extension: 'The extension of list files.',
  log_files: 'What was decided about each file is logged.',
} as const

const TICKET_KEYS = { ticket_filename: 'The name of the ticket.' } as const

/** The keys of each type of action beside the common ones. */
export const ACTION_KEYS = {
  tar: ARCHIVE_KEYS,
  zip: ARCHIVE_KEYS,
  pgdump: {
    mode: 'single: those named; all: those of the server.',
    databases: 'Their names.',
    exclusions: 'Patterns of databases that are left out.',
    format: 'custom, directory, plain or tar.',
    host: 'The server; only together with "user".',
    port: 'Its port.',
    user: 'The role; without it the programs run as the user postgres.',
    password: 'Its password.',
    command_path: 'The program pg_dump.',
    opts: 'More options of pg_dump.',
    checksum_file: ARCHIVE_KEYS.checksum_file,
    extension: 'Has no effect: the scheme says how files are called.',
  },
  cleaner: { max_files: PERIOD_KEYS.max_files, days: PERIOD_KEYS.days },
  rsync: {
    opts: 'Options of every call of rsync.',
    other_opts: 'Options of the transfer.',
    bwlimit: 'The bandwidth, as --bwlimit.',
    skip_compress: 'Extensions that are not compressed on the way.',
    exclusions: 'Patterns of rsync of what is left out.',
    command_path: 'Has no effect.',
  },
  dschecker: {},
  check_backup: {},
  mount: { mnt_dev: 'What is mounted.', mnt_point: 'Where.', fs_type: 'Its type, as -t.', flags: 'More options of mount.' },
  umount: { mnt_point: 'What is unmounted.', flags: 'More options of umount.' },
  move_bkp_period: { action_list: 'The actions whose newest files are copied.', periods: 'The periods, by name.' },
  command: { cmd: 'A command for /bin/sh.' },
  script: { cmds: 'Commands for /bin/sh.' },
  set_in_progress_ticket: TICKET_KEYS,
  unset_in_progress_ticket: TICKET_KEYS,
  check_in_progress_ticket: {
    ...TICKET_KEYS,
    ssh_servername: 'The host that the ticket is on; this one when not said.',
    rsync_opts: 'Options of rsync.',
    wait_time: 'Seconds between two looks.',
    wait_cycle_number: 'How many looks.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type ActionType = keyof typeof ACTION_KEYS

export const ACTION_TYPES = Object.keys(ACTION_KEYS) as readonly ActionType[]

export function isActionType(word: string): word is ActionType {
  return Object.hasOwn(ACTION_KEYS, word)
}

/** The keys that an action of the type knows. */
export function keysOf(type: ActionType): readonly string[] {
  return [...Object.keys(COMMON_KEYS), ...Object.keys(ACTION_KEYS[type])]
}

/** Every key that some type knows. */
export const ALL_ACTION_KEYS: ReadonlySet<string> = new Set(ACTION_TYPES.flatMap(keysOf))
