/** Every key of the dialect with its meaning, by section. The loader uses these tables. */

export const TOP_KEYS = {
  naming: 'Name of this host in logs, and naming of files.',
  cron: 'User whose crontab contains the tasks.',
  logging: 'Folders of logs and trigger file.',
  web: 'Address of the web server.',
  allow_parallel: 'false: only one task may run at a time.',
  schedule: 'Tasks, by name.',
  actions: 'Actions, by name.',
} as const

export const NAMING_KEYS = {
  server_name: 'Name of this host in logs.',
  project: 'Part of the names of logs.',
  region: 'Part of the names of logs.',
  naming_scheme: 'Naming of files: a scheme, or the id of a scheme.',
} as const

export const CRON_KEYS = { cron_user: 'User whose crontab contains the tasks.' } as const

export const LOGGING_KEYS = {
  logs_path: 'Folder of the logs.',
  trigger_filepath: 'File with the state of the last runs, for monitoring.',
  use_console: 'Print runs on the terminal.',
  trigger_strict: 'false: the trigger file contains SUCCESS from the beginning of a run, as in KristaBackup.',
  language: 'en or ru. Default: from the environment.',
  keep_days: 'Number of days to keep run logs. Default: 400.',
  keep_megabytes: 'Maximum total size of run logs in MiB. Default: 1024.',
} as const

export const WEB_KEYS = {
  host: 'Address to listen on.',
  port: 'Port to listen on.',
  SECRET_KEY: 'Has no effect.',
  certificate: 'Certificate for https, in PEM.',
  certificate_key: 'Private key of the certificate, in PEM.',
  base_path: 'Path below which a proxy serves the pages.',
  names: 'Host names by which the server is accessed, in addition to the name of this host and IP addresses.',
  trusted_proxies: 'Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto headers are used.',
  allow: 'Addresses and networks, in addition to this host, that can read the API of KristaBackup and the metrics without a token.',
  api_port: 'Port of the API alone. Default: that of "port".',
  audit_keep_days: 'How many days the lines of the audit log are kept. Default: 730.',
  audit_keep_lines: 'Maximum number of lines of the audit log. Default: 1000000.',
} as const

export const TASK_KEYS = {
  actions: 'Actions, run in order.',
  cron: 'Schedule, as in crontab(5).',
  all_fields_match: 'Day of month and day of week must both match.',
  descr: 'Description.',
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
  cron: 'Schedule of the copies for this period.',
  path: 'Folder of the period. Default: its name.',
  max_files: 'Number of files of each kind to keep.',
  days: 'Number of days to keep files.',
} as const

const COMMON_KEYS = {
  type: 'Type of the action.',
  source: 'Action to inherit keys from.',
  basename: 'Beginning of the file names.',
  src_path: 'Source folder.',
  dest_path: 'Target folder.',
  use_re_in_patterns: 'Patterns are regular expressions.',
  continue_on_error: 'Continue the task if this action fails.',
  dry: 'Only print what would be done.',
  naming_scheme: NAMING_KEYS.naming_scheme,
  descr: 'Description.',
  desc: 'Description.',
} as const

const ARCHIVE_KEYS = {
  level: '0: all files; 1: files that are new or changed since the newest level 0.',
  level_folders: 'Folders under "dest_path", one for each level.',
  exclusions: 'Patterns of files to exclude.',
  check_level_list_only: 'false: the archive of level 0 must exist, not only its list.',
  checksum_file: 'Write a file with the SHA-1 digest.',
  overwrite: 'Replace an existing file of the same name.',
  compression: 'Compression level, from 1 to 9.',
  compression_lib: 'gzip, bzip or lzma; for zip: zip, bzip or lzma.',
  use_absolute_path: 'Store paths relative to /.',
  list_extension: 'Extension of list files.',
  log_files: 'Log the decision about each file.',
} as const

const TICKET_KEYS = { ticket_filename: 'Name of the ticket.' } as const

/** The keys of each type of action in addition to the common ones. */
export const ACTION_KEYS = {
  tar: ARCHIVE_KEYS,
  zip: ARCHIVE_KEYS,
  pgdump: {
    mode: 'single: the databases in "databases"; all: all databases of the server.',
    databases: 'Database names.',
    exclusions: 'Patterns of databases to exclude.',
    format: 'custom, directory, plain or tar.',
    host: 'Server; only together with "user".',
    port: 'Port of the server.',
    user: 'Database role. Default: the programs run as the user postgres.',
    password: 'Password of the role.',
    command_path: 'The pg_dump program.',
    opts: 'Additional options of pg_dump.',
    checksum_file: ARCHIVE_KEYS.checksum_file,
    extension: 'Has no effect: the naming scheme determines file names.',
  },
  cleaner: { max_files: PERIOD_KEYS.max_files, days: PERIOD_KEYS.days },
  rsync: {
    opts: 'Options of all rsync calls.',
    other_opts: 'Transfer options of rsync.',
    bwlimit: 'Bandwidth limit, as --bwlimit of rsync.',
    skip_compress: 'File extensions not compressed during the transfer.',
    exclusions: 'Exclude patterns of rsync.',
    command_path: 'Has no effect.',
  },
  dschecker: {},
  check_backup: {},
  mount: {
    mnt_dev: 'Device to mount.',
    mnt_point: 'Mount point.',
    fs_type: 'File system type, as -t of mount.',
    flags: 'Additional options of mount.',
  },
  umount: { mnt_point: 'Mount point to unmount.', flags: 'Additional options of umount.' },
  move_bkp_period: { action_list: 'Actions whose newest files are copied.', periods: 'Periods, by name.' },
  command: { cmd: 'Command for /bin/sh.' },
  script: { cmds: 'Commands for /bin/sh.' },
  set_in_progress_ticket: TICKET_KEYS,
  unset_in_progress_ticket: TICKET_KEYS,
  check_in_progress_ticket: {
    ...TICKET_KEYS,
    ssh_servername: 'Host of the ticket. Default: this host.',
    rsync_opts: 'Options of rsync.',
    wait_time: 'Seconds between attempts.',
    wait_cycle_number: 'Number of attempts.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type ActionType = keyof typeof ACTION_KEYS

export const ACTION_TYPES = Object.keys(ACTION_KEYS) as readonly ActionType[]

export function isActionType(word: string): word is ActionType {
  return Object.hasOwn(ACTION_KEYS, word)
}

/** The keys that an action of the type supports. */
export function keysOf(type: ActionType): readonly string[] {
  return [...Object.keys(COMMON_KEYS), ...Object.keys(ACTION_KEYS[type])]
}

/** All keys of all types. */
export const ALL_ACTION_KEYS: ReadonlySet<string> = new Set(ACTION_TYPES.flatMap(keysOf))
