import type { Environment } from '../command.ts'
import type { FileSet } from '../dated-files.ts'
import type { StepOptions } from './step-options.ts'

/** Copies a folder by rsync. */
export interface SyncStep extends StepOptions {
  readonly kind: 'sync'
  /** Folders as rsync takes them: `/srv/`, `host:/srv`. */
  readonly source: string
  readonly target: string
  /** Options of every call (`-e`, `ssh -p 22`), and those of the transfer alone (`-a`). */
  readonly options: readonly string[]
  readonly transferOptions: readonly string[]
  /** As rsync's `--bwlimit`. */
  readonly bandwidth?: string
  /** Extensions of files that are not compressed on the way. */
  readonly skipCompress: readonly string[]
  /** rsync's own patterns. */
  readonly exclude: readonly string[]
  readonly environment: Environment
  readonly searchPath: readonly string[]
}

/** Mounts a device, unless it is mounted there already, or unmounts. */
export interface MountStep extends StepOptions {
  readonly kind: 'mount'
  readonly change: 'mount' | 'unmount'
  readonly point: string
  /** For `mount` only. */
  readonly device?: string
  readonly fsType?: string
  readonly options: readonly string[]
}

/** A file whose being there says "in progress" to other hosts. */
export interface TicketStep extends StepOptions {
  readonly kind: 'ticket'
  readonly change: 'set' | 'unset' | 'wait'
  readonly folder: string
  readonly file: string
  /** For `wait`: the host to look on, by rsync over ssh; absent = here. */
  readonly host?: string
  readonly options?: readonly string[]
  /** For `wait` on a host: what rsync gets, and where it is found. Absent = nothing but the base system. */
  readonly environment?: Environment
  readonly searchPath?: readonly string[]
  /** For `wait`: how often it looks, and how long it pauses after each look; still there at the end is a failure. */
  readonly cycles?: number
  readonly pauseMs?: number
}

/** Tells how full the file systems are. */
export interface DiskUsageStep extends StepOptions {
  readonly kind: 'disk-usage'
}

/** Tests the newest files of sets: that they are there, of their digests, and readable to their end. */
export interface TestFilesStep extends StepOptions {
  readonly kind: 'test-files'
  /** What a file that is not whole means; absent = `warn`. */
  readonly onBroken?: 'warn' | 'fail'
  readonly sets: readonly { readonly name: string; readonly files: FileSet }[]
}
