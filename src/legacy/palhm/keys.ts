/**
 * Every key of the dialect with its meaning, by the place where it stands. The loader knows keys by these tables and the JSON Schema takes its descriptions
 * from them, so the two cannot drift apart.
 */

export const TOP_KEYS = {
  $schema: 'For editors: where the JSON Schema of this form is.',
  include: 'Files to merge into this one. Relative paths begin at the folder of this file, links resolved. What an included file says wins.',
  modules: 'Optional modules to switch on. "aws" adds the backend "aws-s3" and the mail user agent "aws-sns".',
  'nb-workers':
    'How many objects of a backup task are made at the same time. 0: as many as there are CPUs for us; negative: CPUs of the machine + 4, at most 32.',
  vl: 'How much is told: 0 critical, 1 errors, 2 warnings, 3 information, 4 and more debugging.',
  execs: 'Programs that tasks refer to by "id".',
  tasks: 'What can be run. The task "default" is run when none is named.',
  'boot-report': 'The report that is sent when the host has started.',
} as const

export const EXEC_KEYS = {
  id: 'The name that "exec-id" refers to.',
  argv: "The program and its arguments. No shell: nothing is expanded. A single string is the program's name alone.",
  env: 'The whole environment of the program; nothing else is handed on, not even PATH.',
  ec: 'Which exit codes mean success: "0", "<2", "<=2", ">0", ">=0", "==3" or a range such as "0-1". A death by a signal is never a success.',
  'vl-stdout': 'From which "vl" on the standard output is shown (0 to 9). Without this key it is always shown.',
  'vl-stderr':
    'From which "vl" on the standard error of a program that succeeds is shown (0 to 9). Without this key: from 4 on. What a failing program said is always told.',
} as const

export const USE_KEYS = {
  type: '"exec" runs an entry of "execs", "exec-append" the same with more arguments, "exec-inline" a program defined here.',
  'exec-id': 'Which entry of "execs".',
  argv: 'exec-inline: the program and its arguments. exec-append: more arguments; a single string gives one argument per character.',
  env: 'exec-inline: the whole environment. exec-append: values on top of those of the entry.',
  ec: 'exec-inline: which exit codes mean success. Elsewhere it has no effect.',
  'vl-stdout': EXEC_KEYS['vl-stdout'],
  'vl-stderr': EXEC_KEYS['vl-stderr'],
  id: 'Has no effect here.',
} as const

export const TASK_POINTER_KEYS = {
  type: '"task" runs another task at this point.',
  'task-id': 'Which task.',
} as const

export const BUILTIN_KEYS = {
  type: '"builtin" does something that is no program.',
  'builtin-id': 'Only "sigmask": holds back signals, or lets them through again, for us and for all programs started later.',
  param: 'For "sigmask": the changes, in order.',
} as const

export const SIGMASK_KEYS = {
  action: '"block" or "unblock".',
  sig: 'Signals: names with or without "SIG", or numbers.',
} as const

export const ROUTINE_KEYS = {
  id: 'The name of the task.',
  type: '"routine" runs programs one after another, "backup" makes a copy.',
  routine: 'What is run, in order, until the first failure.',
} as const

export const BACKUP_KEYS = {
  id: ROUTINE_KEYS.id,
  type: ROUTINE_KEYS.type,
  backend: 'Where copies go: "null" (nowhere), "localfs" (a folder), or "aws-s3" (with the module "aws").',
  'backend-param': 'Settings of the backend.',
  'object-groups': 'Groups that objects belong to, so that some can wait for others. The group "default" always exists.',
  objects: 'What a copy consists of.',
} as const

export const GROUP_KEYS = {
  id: 'The name of the group.',
  depends: 'Groups whose objects must all be done before the objects of this one begin.',
} as const

export const OBJECT_KEYS = {
  path: 'The file in the copy; slashes make folders.',
  group: 'The group that it belongs to; "default" when not said.',
  'alloc-size': 'Expected size in bytes. A hint, not a limit.',
  pipeline: 'Programs joined by pipes; what the last one writes is the object. Empty: an empty file.',
} as const

const LIMIT_KEYS = {
  'nb-copy-limit': 'How many copies are kept, the new one among them. Not said: all.',
  'root-size-limit': 'How many bytes all copies may take up together. Not said: no limit.',
} as const

export const LOCALFS_KEYS = {
  root: "The folder that holds the copies. A relative one begins at the caller's working folder.",
  prefix: 'Has no effect.',
  ...LIMIT_KEYS,
  dmode: 'Mode of the folders, octal, in quotes; the umask is taken away from it.',
  fmode: 'Exact mode of the files, octal, in quotes.',
  'block-size': 'Bytes per write: a number, or with a unit such as "64K" or "1MB".',
} as const

export const S3_KEYS = {
  profile: 'The profile in the AWS configuration.',
  bucket: 'The bucket.',
  root: 'The beginning of the keys of all copies.',
  prefix: LOCALFS_KEYS.prefix,
  ...LIMIT_KEYS,
  'sink-storage-class': 'The storage class that objects are uploaded with.',
  'rot-storage-class': 'The storage class that the objects of a complete copy are moved to.',
} as const

export const BOOT_REPORT_KEYS = {
  mua: 'How the report is sent: "mailx", "stdout", or "aws-sns" (with the module "aws").',
  'mua-param': 'Settings of the mail user agent.',
  'mail-to': 'Recipients. An included file adds to them.',
  subject: '{hostname} stands for the name of the host.',
  header: 'Lines at the top of the report. {hostname} stands for the name of the host.',
  'uptime-since': 'Whether the report says since when the host is up.',
  uptime: 'Whether the report says how long the host is up.',
  'boot-id': "Whether the report carries the kernel's boot id.",
  bootid: 'The same as "boot-id".',
  'boot-wait': '"systemd": wait until the start of the host has come to its end.',
  delay: 'How many seconds to wait before the report is made.',
} as const

export const MAILX_KEYS = {
  exec: 'The program; /bin/mailx when not said.',
  'int-opts': 'Settings handed over with -S, one by one.',
} as const

export const SNS_KEYS = {
  profile: S3_KEYS.profile,
  region: 'The AWS region.',
} as const

/** Key names with their meanings. */
export type KeyTable = Readonly<Record<string, string>>
