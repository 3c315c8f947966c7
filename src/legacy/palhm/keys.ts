/** Every key of the dialect with its meaning, by section. The loader and the JSON Schema use these tables, so that they are always consistent. */

export const TOP_KEYS = {
  $schema: 'For editors: location of the JSON Schema of this format.',
  include:
    'Files to merge into this one. Relative paths start in the folder of this file, after resolving links. Keys of included files override those of this file.',
  modules: 'Optional modules to load. "aws" adds the backend "aws-s3" and the mail user agent "aws-sns".',
  'nb-workers':
    'Number of objects of a backup task made in parallel. 0: the number of CPUs available to the process; negative: CPUs of the machine + 4, at most 32.',
  vl: 'Verbosity of the output: 0 critical, 1 errors, 2 warnings, 3 information, 4 and more debugging.',
  execs: 'Programs that tasks refer to by "id".',
  tasks: 'Tasks. "run" without a name runs the task "default".',
  'boot-report': 'Report sent when the host has booted.',
  web: 'The web server ("web start").',
} as const

export const EXEC_KEYS = {
  id: 'Name for "exec-id".',
  argv: 'Program and arguments. No shell is used: nothing is expanded. A single string is the name of the program.',
  env: 'The complete environment of the program; nothing is inherited, not even PATH.',
  ec: 'Exit codes that mean success: "0", "<2", "<=2", ">0", ">=0", "==3" or a range such as "0-1". Termination by a signal is always a failure.',
  'vl-stdout': 'Minimum "vl" at which standard output is shown (0 to 9). Default: always shown.',
  'vl-stderr':
    'Minimum "vl" at which the standard error of a successful program is shown (0 to 9). Default: 4. The output of a failed program is always shown.',
} as const

export const USE_KEYS = {
  type: '"exec" runs an entry of "execs", "exec-append" the same with additional arguments, "exec-inline" a program defined here.',
  'exec-id': 'Entry of "execs".',
  argv: 'exec-inline: program and arguments. exec-append: additional arguments; a single string is split into one argument for each character.',
  env: 'exec-inline: the complete environment. exec-append: values added to those of the entry.',
  ec: 'exec-inline: exit codes that mean success. No effect otherwise.',
  'vl-stdout': EXEC_KEYS['vl-stdout'],
  'vl-stderr': EXEC_KEYS['vl-stderr'],
  id: 'Has no effect here.',
} as const

export const TASK_POINTER_KEYS = {
  type: '"task" runs another task at this point.',
  'task-id': 'Task to run.',
} as const

export const BUILTIN_KEYS = {
  type: '"builtin" runs an internal function.',
  'builtin-id': 'Only "sigmask": blocks or unblocks signals for Holdfast and all programs started later.',
  param: 'For "sigmask": changes, applied in order.',
} as const

export const SIGMASK_KEYS = {
  action: '"block" or "unblock".',
  sig: 'Signals: names with or without "SIG", or numbers.',
} as const

export const ROUTINE_KEYS = {
  id: 'Name of the task.',
  type: '"routine" runs programs in order, "backup" makes a copy.',
  routine: 'Programs to run, in order, until one fails.',
} as const

export const BACKUP_KEYS = {
  id: ROUTINE_KEYS.id,
  type: ROUTINE_KEYS.type,
  backend: 'Storage of the copies: "null" (discard), "localfs" (a folder), or "aws-s3" (with the module "aws").',
  'backend-param': 'Settings of the backend.',
  'object-groups': 'Groups of objects, so that objects can wait for others. The group "default" always exists.',
  objects: 'Contents of a copy.',
} as const

export const GROUP_KEYS = {
  id: 'Name of the group.',
  depends: 'Groups whose objects must all be finished before the objects of this group start.',
} as const

export const OBJECT_KEYS = {
  path: 'File in the copy; slashes separate folders.',
  group: 'Group of the object. Default: "default".',
  'alloc-size': 'Expected size in bytes; not a limit.',
  pipeline: 'Programs connected by pipes; the output of the last one is the object. Empty: an empty file.',
} as const

const LIMIT_KEYS = {
  'nb-copy-limit': 'Number of copies to keep, including the new one. Default: all.',
  'root-size-limit': 'Maximum size of all copies together in bytes. Default: unlimited.',
} as const

export const LOCALFS_KEYS = {
  root: "Folder of the copies. A relative path starts in the caller's working folder.",
  prefix: 'Has no effect.',
  ...LIMIT_KEYS,
  dmode: 'Mode of the folders, octal, in quotes; the umask applies.',
  fmode: 'Mode of the files, octal, in quotes; the umask does not apply.',
  'block-size': 'Bytes per write: a number, or a number with a unit such as "64K" or "1MB".',
} as const

export const S3_KEYS = {
  profile: 'Profile of the AWS configuration.',
  bucket: 'Bucket.',
  root: 'Prefix of the keys of all copies.',
  prefix: LOCALFS_KEYS.prefix,
  ...LIMIT_KEYS,
  'sink-storage-class': 'Storage class of uploaded objects.',
  'rot-storage-class': 'Storage class to which the objects of a complete copy are moved.',
} as const

export const BOOT_REPORT_KEYS = {
  mua: 'How to send the report: "mailx", "stdout", or "aws-sns" (with the module "aws").',
  'mua-param': 'Settings of the mail user agent.',
  'mail-to': 'Recipients. Included files add to them.',
  subject: '{hostname} is replaced by the host name.',
  header: 'Lines at the beginning of the report. {hostname} is replaced by the host name.',
  'uptime-since': 'Whether the report contains the time of the last boot.',
  uptime: 'Whether the report contains the uptime.',
  'boot-id': "Whether the report contains the kernel's boot id.",
  bootid: 'Same as "boot-id".',
  'boot-wait': '"systemd": wait until the boot has finished.',
  delay: 'Number of seconds to wait before the report is made.',
} as const

export const MAILX_KEYS = {
  exec: 'Program. Default: /bin/mailx.',
  'int-opts': 'Settings, each passed with -S.',
} as const

export const SNS_KEYS = {
  profile: S3_KEYS.profile,
  region: 'AWS region.',
} as const

/** Names of keys with their meanings. */
export type KeyTable = Readonly<Record<string, string>>

export const WEB_KEYS = {
  host: 'Address to listen on. Default: 127.0.0.1.',
  port: 'Port to listen on. Default: 5555, or 5556 for the API alone.',
  certificate: 'Certificate for https, in PEM.',
  'certificate-key': 'Private key of the certificate, in PEM.',
  'base-path': 'Path below which a proxy serves the pages.',
  names: 'Host names by which the server is accessed, in addition to the name of this host and IP addresses.',
  'trusted-proxies': 'Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto headers are used.',
  allow: 'Addresses and networks, in addition to this host, that can read the API of KristaBackup and the metrics without a token.',
  'api-port': 'Port of the API alone. Default: that of "port".',
  'audit-keep-days': 'How many days the lines of the audit log are kept. Default: 730.',
  'audit-keep-lines': 'Maximum number of lines of the audit log. Default: 1000000.',
} as const
