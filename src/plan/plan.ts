import type { BootReportSpec } from './boot-report.ts'
import type { CheckSpec, CheckStep } from './check.ts'
import type { Command, SignalName } from './command.ts'
import type { FileSet } from './dated-files.ts'
import type { NotifierSpec, NotifyRule } from './notify.ts'
import type { RunLogs } from './run-logs.ts'
import type { JoinedSecret, SecretRef } from './secret.ts'
import type { FilesStep } from './steps/describe-files-step.ts'
import type { IssueStep, StepOptions } from './steps/step-options.ts'
import type { RcloneStorageSpec } from './storages/rclone-storage.ts'
import type { S3StorageSpec } from './storages/s3-storage.ts'

/**
 * Everything that a configuration says, compiled and frozen. No strings left to interpret, no defaults left to fill in, no word of an ancestor.
 */
export interface Plan {
  readonly dialect: Dialect
  /** The configuration file, resolved. */
  readonly file: string
  /** All files read, the main one first. */
  readonly files: readonly string[]
  /** By name, in the order of the configuration. */
  readonly tasks: ReadonlyMap<string, Task>
  /** Single steps that can be run by name, each as a task of its own. A task of the same name goes before. Absent = none. */
  readonly parts?: ReadonlyMap<string, Task>
  /** What `run` without a name runs. */
  readonly defaultTask: string
  /** 0 only critical … 3 informs (default) … 4 and more debug. */
  readonly verbosity: number
  /** Shared commands by id, for `config show`. */
  readonly commands: ReadonlyMap<string, Command>
  /** Names of optional modules that the configuration asks for (PALHM's `modules`). */
  readonly modules: readonly string[]
  /** How many objects of a backup step are made at once; at least 1. */
  readonly workers: number
  readonly bootReport?: BootReportSpec
  /** While one of its tasks runs, no other of them may. */
  readonly oneRunAtATime?: boolean
  /** Absent = runs leave none. */
  readonly runLogs?: RunLogs
  /** Whose crontab holds the tasks; absent = default. */
  readonly crontabUser?: string
  /** By name; those that nobody refers to too. Absent = none. */
  readonly notifiers?: ReadonlyMap<string, NotifierSpec>
  /** Storages by the names that the configuration gives them, each with its own root: the steps' sets lie below it. Absent where it gives none. */
  readonly storages?: ReadonlyMap<string, StorageSpec>
  /** Sets of dated files by the names that the configuration gives them, those that no step uses too. Absent where it gives none. */
  readonly fileSets?: ReadonlyMap<string, FileSet>
  /** What `check` asks beside what it asks of itself, by name. Absent = none. */
  readonly checks?: ReadonlyMap<string, CheckSpec>
  /** Where restores find the secret keys of what was encrypted, by the key's name in the configuration. */
  readonly identities?: ReadonlyMap<string, { readonly filter: 'age' | 'gpg'; readonly identity: SecretRef }>
  /** The passphrases that objects are encrypted by, by the key's name: restores need them too. */
  readonly passphrases?: ReadonlyMap<string, JoinedSecret>
}

export type Dialect = 'palhm' | 'native' | 'krista'

export interface Task {
  readonly name: string
  readonly steps: readonly Step[]
  readonly description?: string
  readonly schedule?: ScheduleSpec
  /** How long a run may take in all; absent = no limit. */
  readonly timeoutMs?: number
  /** What stands for this host in the logs of its runs; absent = what the plan says. */
  readonly logTag?: string
  /** How many objects are made at once in this task's backup steps; absent = the plan's. */
  readonly workers?: number
  /** Who is told of its runs, when it is what was run and not a step of another task. Absent = nobody. */
  readonly notify?: readonly NotifyRule[]
}

/** When a task wants to run. Who wakes it is another matter (cron, systemd timers). */
export interface ScheduleSpec {
  /** Cron expressions of five fields, or systemd calendar words. */
  readonly words: readonly string[]
  readonly jitterMs: number
  /** A run missed while the host was down is made up for. */
  readonly catchUp: boolean
  /** Day of month and day of week must both match, where cron is content with one of them. */
  readonly matchAllDays?: boolean
}

export type Step = ExecStep | BackupStep | CopyStep | TaskStep | SignalsStep | CheckStep | FilesStep | IssueStep

/** Runs one command and waits for it. It inherits our stdin and working folder. */
export interface ExecStep extends StepOptions {
  readonly kind: 'exec'
  readonly command: Command
}

/** Runs another task of the plan here. */
export interface TaskStep extends StepOptions {
  readonly kind: 'task'
  readonly task: string
}

/** Holds back or lets through signals for the rest of the process; children started later inherit it. */
export interface SignalsStep extends StepOptions {
  readonly kind: 'signals'
  readonly changes: readonly { readonly action: 'block' | 'unblock'; readonly signals: readonly SignalName[] }[]
}

/** Makes one set on each storage named, then rotates there. */
export interface BackupStep extends StepOptions {
  readonly kind: 'backup'
  /** The name of the sets' owner in messages and manifests; by default the task's. */
  readonly name: string
  /** Where the sets go to; at least one, no place twice. */
  readonly targets: readonly BackupTarget[]
  /** Whether a storage that fails takes the others with it, or only itself as long as one is left. */
  readonly require: 'all' | 'any'
  readonly objects: readonly ObjectSpec[]
}

/** One storage that sets go to, with what is kept there. */
export interface BackupTarget {
  /** What the configuration calls the storage, where it gives it a name. */
  readonly name?: string
  readonly storage: StorageSpec
  readonly keep: KeepPolicy
}

/** Brings complete sets from one storage to another as they are, then rotates there. */
export interface CopyStep extends StepOptions {
  readonly kind: 'copy'
  /** Whose sets: the name of the backup step that made them. */
  readonly name: string
  readonly from: Omit<BackupTarget, 'keep'>
  readonly to: BackupTarget
  /** Of the sets there are, so many of the newest; Infinity = all. */
  readonly newest: number
}

export interface ObjectSpec {
  /** Relative, normalised, no `..`; slashes make folders. Unique in the step, and no object lies inside another one's path. Where nothing is kept (`null`) a mere label, unique. */
  readonly path: string
  /** May be empty: then the object is an empty file. */
  readonly stages: readonly Command[]
  readonly group: string
  /** Indices (in `BackupStep.objects`) of the objects that must be done before this one starts: transitive, acyclic. */
  readonly after: readonly number[]
  /** Expected size in bytes: a hint (space reserved, part sizes), never a limit. */
  readonly expectedBytes?: number
  readonly source?: SourceSpec
  /** What that stage's tap (`tail`) must end with; else the dump is not whole, whatever its exit code. */
  readonly endMark?: { readonly stage: number; readonly pattern: string }
  /** Asked before the object is made; the first line of each answer goes into the manifest under its name. A failing one fails the object. */
  readonly probes?: readonly { readonly name: string; readonly command: Command }[]
}

/** What an object holds, for the manifest and for those who restore it. How its bytes are made is said by its stages alone. */
export type SourceSpec =
  | { readonly kind: 'exec' | 'pipeline' | 'host-facts' | 'ldap' }
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgresql' | 'mariadb'; readonly databases: readonly string[] | 'all' }

/** Limits on what rotation leaves, the new set included. Absent = no limit. Whole numbers; negative ones act as 0. */
export interface KeepPolicy {
  readonly copies?: bigint
  readonly totalBytes?: bigint
  /** When present, a set is kept if any of these wants it (`totalBytes` goes before); `copies` is absent then. */
  readonly buckets?: KeepBuckets
}

/** How many sets are kept by what: the newest ones, the newest of each day, ISO week, month, year (UTC), all younger than `withinMs`. */
export interface KeepBuckets {
  readonly last?: number
  readonly daily?: number
  readonly weekly?: number
  readonly monthly?: number
  readonly yearly?: number
  readonly withinMs?: number
}

export type StorageSpec = NullStorageSpec | LocalfsStorageSpec | S3StorageSpec | RcloneStorageSpec

export interface NullStorageSpec {
  readonly kind: 'null'
}

export interface LocalfsStorageSpec {
  readonly kind: 'localfs'
  /** As configured, normalised (no trailing slash); relative = to the caller's working folder. */
  readonly root: string
  /** Mode of a set's own folders before the umask, e.g. 0o750. */
  readonly folderMode: number
  /** Exact mode of a set's files, e.g. 0o640. */
  readonly fileMode: number
  /** Bytes per write of the writer; absent = the writer's own choice. */
  readonly blockBytes?: number
  /** The run fails unless something is mounted here. */
  readonly requireMount?: string
  /** Users who can write in the root, or in a folder on the way to it, are trusted. */
  readonly trustRoot?: boolean
  /** The run fails when less is free at its beginning. */
  readonly minFreeBytes?: number
  /** `folder`: a folder of the name format without our manifest is a complete (legacy) set. */
  readonly completeWhen: 'folder' | 'manifest'
}
