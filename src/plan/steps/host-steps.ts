import type { Environment } from '../command.ts'
import type { FileSet } from '../dated-files.ts'
import type { StepOptions } from './step-options.ts'

/** Copies a folder with rsync. */
export interface SyncStep extends StepOptions {
  readonly kind: 'sync'
  /** Folders in the syntax of rsync: `/srv/`, `host:/srv`. */
  readonly source: string
  readonly target: string
  /** Options of all calls (`-e`, `ssh -p 22`), and those of the transfer only (`-a`). */
  readonly options: readonly string[]
  readonly transferOptions: readonly string[]
  /** As for rsync's `--bwlimit`. */
  readonly bandwidth?: string
  /** File extensions that are not compressed during the transfer. */
  readonly skipCompress: readonly string[]
  /** rsync's own patterns. */
  readonly exclude: readonly string[]
  readonly environment: Environment
  readonly searchPath: readonly string[]
}

/** Mounts a device, unless it is already mounted there, or unmounts it. */
export interface MountStep extends StepOptions {
  readonly kind: 'mount'
  readonly change: 'mount' | 'unmount'
  readonly point: string
  /** Only for `mount`. */
  readonly device?: string
  readonly fsType?: string
  readonly options: readonly string[]
}

/** A file whose existence signals "in progress" to other hosts. */
export interface TicketStep extends StepOptions {
  readonly kind: 'ticket'
  readonly change: 'set' | 'unset' | 'wait'
  readonly folder: string
  readonly file: string
  /** For `wait`: the host to query, with rsync over ssh; absent: this host. */
  readonly host?: string
  readonly options?: readonly string[]
  /** For `wait` on a host: the environment and search path of rsync. Absent: only the base system. */
  readonly environment?: Environment
  readonly searchPath?: readonly string[]
  /** For `wait`: the number of attempts, and the pause after each; a file that still exists at the end is a failure. */
  readonly cycles?: number
  readonly pauseMs?: number
}

/** Reports the usage of the file systems. */
export interface DiskUsageStep extends StepOptions {
  readonly kind: 'disk-usage'
}

/** Tests the newest files of file sets: that they exist, match their digests, and are readable to the end. */
export interface TestFilesStep extends StepOptions {
  readonly kind: 'test-files'
  /** The result for a damaged file; absent: `warn`. */
  readonly onBroken?: 'warn' | 'fail'
  readonly sets: readonly { readonly name: string; readonly files: FileSet }[]
}
