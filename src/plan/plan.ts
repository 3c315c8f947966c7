import type { BootReportSpec } from './boot-report.ts'
import type { CheckSpec, CheckStep } from './check.ts'
import type { Command, SignalName } from './command.ts'
import type { FileSet } from './dated-files.ts'
import type { NotifierSpec, NotifyRule } from './notify.ts'
import type { RunLogs } from './run-logs.ts'
import type { JoinedSecret, SecretRef } from './secret.ts'
import type { FilesStep } from './steps/describe-files-step.ts'
import type { DrillCheck, DrillChoice, DrillLevel } from './steps/drill-step.ts'
import type { IssueStep, StepOptions } from './steps/step-options.ts'
import type { RcloneStorageSpec } from './storages/rclone-storage.ts'
import type { S3StorageSpec } from './storages/s3-storage.ts'
import type { WebSpec } from './web.ts'

/** A compiled, immutable configuration. It contains no unparsed strings, no missing defaults, and no terms of an ancestor. */
export interface Plan {
  readonly dialect: Dialect
  /** The configuration file, with links resolved. */
  readonly file: string
  /** All files read, the main one first. */
  readonly files: readonly string[]
  /** By name, in the order of the configuration. */
  readonly tasks: ReadonlyMap<string, Task>
  /** Single steps that can be run by name, each as a task of its own. A task of the same name takes precedence. Absent: none. */
  readonly parts?: ReadonlyMap<string, Task>
  /** The task that `run` without a name runs. */
  readonly defaultTask: string
  /** 0 critical … 3 information (default) … 4 and more debugging. */
  readonly verbosity: number
  /** Shared commands by id, for `config show`. */
  readonly commands: ReadonlyMap<string, Command>
  /** Names of optional modules that the configuration loads (PALHM's `modules`). */
  readonly modules: readonly string[]
  /** Number of objects of a backup step made in parallel; at least 1. */
  readonly workers: number
  readonly bootReport?: BootReportSpec
  /** While one of its tasks is running, no other one may run. */
  readonly oneRunAtATime?: boolean
  /** Absent: runs write no logs. */
  readonly runLogs?: RunLogs
  /** Of the web server; absent = default. */
  readonly web?: WebSpec
  /** The user whose crontab contains the tasks; absent: the default. */
  readonly crontabUser?: string
  /** By name, including unreferenced ones. Absent: none. */
  readonly notifiers?: ReadonlyMap<string, NotifierSpec>
  /** Named storages, each with its own root, below which the steps store their sets. Absent if none are named. */
  readonly storages?: ReadonlyMap<string, StorageSpec>
  /** Named sets of dated files, including unused ones. Absent if none are named. */
  readonly fileSets?: ReadonlyMap<string, FileSet>
  /** Additional checks for `check`, by name. Absent: none. */
  readonly checks?: ReadonlyMap<string, CheckSpec>
  /** Secret keys for restores, by the name of the key in the configuration. */
  readonly identities?: ReadonlyMap<string, { readonly filter: 'age' | 'gpg'; readonly identity: SecretRef }>
  /** Passphrases of encrypted objects, by the name of the key in the configuration: restores need them, too. */
  readonly passphrases?: ReadonlyMap<string, JoinedSecret>
  /** Whom to ask when the host must be restored; printed by `kit`. Absent: unknown. */
  readonly contacts?: readonly string[]
}

export type Dialect = 'palhm' | 'native' | 'krista'

export interface Task {
  readonly name: string
  readonly steps: readonly Step[]
  readonly description?: string
  readonly schedule?: ScheduleSpec
  /** Time limit of a run; absent: no limit. */
  readonly timeoutMs?: number
  /** The tag of this host in the logs of its runs; absent: that of the plan. */
  readonly logTag?: string
  /** Number of objects made in parallel in this task's backup steps; absent: that of the plan. */
  readonly workers?: number
  /** Notifications of its runs, if it is not run as a step of another task. Absent: none. */
  readonly notify?: readonly NotifyRule[]
}

/** When a task is to run. What starts it is not defined here (cron, systemd timers). */
export interface ScheduleSpec {
  /** Cron expressions with five fields, or systemd calendar expressions. */
  readonly words: readonly string[]
  readonly jitterMs: number
  /** A run that was missed while the host was down is run later. */
  readonly catchUp: boolean
  /** Day of month and day of week must both match, whereas one is sufficient for cron. */
  readonly matchAllDays?: boolean
}

export type Step = ExecStep | BackupStep | CopyStep | DrillStep | TaskStep | SignalsStep | CheckStep | FilesStep | IssueStep

/** Runs one command and waits for it. It inherits the stdin and working folder of the caller. */
export interface ExecStep extends StepOptions {
  readonly kind: 'exec'
  readonly command: Command
}

/** Runs another task of the plan at this point. */
export interface TaskStep extends StepOptions {
  readonly kind: 'task'
  readonly task: string
}

/** Blocks or unblocks signals for the rest of the process, including child processes started later. */
export interface SignalsStep extends StepOptions {
  readonly kind: 'signals'
  readonly changes: readonly { readonly action: 'block' | 'unblock'; readonly signals: readonly SignalName[] }[]
}

/** Makes one set on each storage, then rotates the sets there. */
export interface BackupStep extends StepOptions {
  readonly kind: 'backup'
  /** The name of the sets' step in messages and manifests; by default the task's. */
  readonly name: string
  /** The storages for the sets; at least one, each location once. */
  readonly targets: readonly BackupTarget[]
  /** Whether a failing storage fails the step, or only itself as long as another one remains. */
  readonly require: 'all' | 'any'
  /** `keep`: a set without the objects that failed is published as incomplete. Absent: a failed object fails the step. */
  readonly onObjectFailure?: 'keep'
  readonly objects: readonly ObjectSpec[]
}

/** A storage for sets, with its keep policy. */
export interface BackupTarget {
  /** The name of the storage in the configuration, if any. */
  readonly name?: string
  readonly storage: StorageSpec
  readonly keep: KeepPolicy
}

/** Copies complete sets from one storage to another unchanged, then rotates there. */
export interface CopyStep extends StepOptions {
  readonly kind: 'copy'
  /** The name of the backup step that made the sets. */
  readonly name: string
  readonly from: Omit<BackupTarget, 'keep'>
  readonly to: BackupTarget
  /** This number of the newest sets; Infinity: all. */
  readonly newest: number
}

/** Restores a set into temporary places, and compares the restored data with the dumped data. */
export interface DrillStep extends StepOptions {
  readonly kind: 'drill'
  /** The name of the backup step that made the sets. */
  readonly name: string
  readonly from: Omit<BackupTarget, 'keep'>
  readonly set: DrillChoice
  readonly level: DrillLevel
  /** For all processes of a sandbox. Absent: the default. */
  readonly memoryBytes?: number
  /** Questions about restored objects. */
  readonly checks: readonly DrillCheck[]
  /** For temporary places. Absent: the default. */
  readonly folder?: string
}

export interface ObjectSpec {
  /**
   * Relative, normalized, without `..`; slashes separate folders. Unique in the step, and not inside the path of another object. If nothing is stored
   * (`null`), only a unique label.
   */
  readonly path: string
  /** May be empty: then the object is an empty file. */
  readonly stages: readonly Command[]
  readonly group: string
  /** Indices (in `BackupStep.objects`) of the objects that must be finished before this one starts: transitive, acyclic. */
  readonly after: readonly number[]
  /** Expected size in bytes: a hint (reserved space, part sizes), never a limit. */
  readonly expectedBytes?: number
  readonly source?: SourceSpec
  /** The required end of that stage's tap (`tail`); otherwise the dump is incomplete, regardless of its exit code. */
  readonly endMark?: { readonly stage: number; readonly pattern: string }
  /** Queried before the object is made. */
  readonly probes?: readonly Probe[]
}

/** A question to the source of an object. */
export interface Probe {
  readonly name: string
  readonly command: Command
  /**
   * Absent: the first line of the answer is recorded in the manifest under the name; a failure fails the object. Otherwise, each line names a part of the source
   * that the object lacks, for this reason; a failure is only noted.
   */
  readonly lacks?: 'rights' | 'connections'
  /** It is only run when a configuration is checked: each line names a part of the source for which the object fails, for this reason. */
  readonly needs?: 'rights'
  /** `notes`: each line is a note about the object. `grants`: the answer begins with the output of SHOW GRANTS; a line after it names rights, the data that is missing without all of them, and the database for which it suffices to have them, separated by tabs. */
  readonly answers?: 'grants' | 'notes'
}

/** Files and folders of this host; `stages` contain a tar command for them. */
export interface FilesSource {
  readonly kind: 'files'
  readonly paths: readonly string[]
  /** Patterns of tar; those with a leading slash match from the root. */
  readonly exclude?: readonly string[]
  /** Other file systems below the paths are left out unless this is false. */
  readonly oneFileSystem?: boolean
  /** Its output is read by Holdfast, too, and digested. */
  readonly isDigested?: true
  /** The object fails unless a file system is mounted at each of these. */
  readonly requireMount?: readonly string[]
}

/** The contents of an object, for the manifest and for restores. Only the stages determine how its bytes are made. */
export type SourceSpec =
  | { readonly kind: 'exec' | 'pipeline' | 'host-facts' | 'ldap' }
  | FilesSource
  | { readonly kind: 'sqlite'; readonly path: string }
  | DatabaseSource

export interface DatabaseSource {
  readonly kind: 'postgresql' | 'mariadb'
  readonly databases: readonly string[] | 'all'
  /** The configuration adds options to the dump program. */
  readonly hasOpts?: true
  /** The rows of each table are digested. */
  readonly hasTableDigests?: true
}

/** Limits for rotation, including the new set. Absent: no limit. Whole numbers; negative ones act as 0. */
export interface KeepPolicy {
  readonly copies?: bigint
  readonly totalBytes?: bigint
  /** If present, a set is kept if any of these rules retains it (`totalBytes` takes precedence); `copies` is absent then. */
  readonly buckets?: KeepBuckets
  /** Number of newest sets proven by drills that never expire; at least 1. */
  readonly proven?: number
  /** Of days, weeks, months and years: a name of the IANA database. Absent: UTC. */
  readonly timeZone?: string
}

/** Number of sets to keep by rule: the newest ones, the newest of each day, ISO week, month, year (in the time zone of the policy), and all younger than `withinMs`. */
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
  /** As configured, normalized (no trailing slash); a relative path refers to the caller's working folder. */
  readonly root: string
  /** Mode of the set's own folders before the umask, e.g. 0o750. */
  readonly folderMode: number
  /** Exact mode of a set's files, e.g. 0o640. */
  readonly fileMode: number
  /** Bytes per write of the writer; absent: the writer's default. */
  readonly blockBytes?: number
  /** The run fails unless a file system is mounted here. */
  readonly requireMount?: string
  /** Several disks are mounted here by turns: what is missing may be on another one. */
  readonly exchangedDisks?: boolean
  /** Users who can write to the root, or to a folder above it, are trusted. */
  readonly trustRoot?: boolean
  /** The run fails if less is free at its beginning. */
  readonly minFreeBytes?: number
  /** `folder`: a folder with a valid set name but without a manifest of Holdfast is a complete (legacy) set. */
  readonly completeWhen: 'folder' | 'manifest'
}
