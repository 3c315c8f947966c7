import type { DatabaseChoice, DatabaseServer } from './database-server.ts'
import type { PatternList } from './patterns/compile-patterns.ts'
import type { StepOptions } from './steps/step-options.ts'
import type { PeriodRule } from './times/period-rule.ts'

/** The parts of a file name, in order. */
export type NamePart =
  | { readonly kind: 'text'; readonly text: string }
  /** The beginning of the run in local time, with directives of strftime(3): `%Y%m%d_%H%M%S`. An empty format gives an empty text. */
  | { readonly kind: 'date'; readonly format: string }
  | { readonly kind: 'field'; readonly field: 'basename' | 'level' | 'dbname' | 'ext' }

/** A name, relative to the folder of its files; slashes in it create folders. */
export type NameFormat = readonly NamePart[]

/** The naming of files of one kind. The compiler ensures that its files provide all fields of the formats. */
export interface NameScheme {
  /** Its name in the configuration, for messages. */
  readonly id: string
  /** An archive; with another `ext` its list. */
  readonly archive: NameFormat
  readonly archiveDigest: NameFormat
  readonly dump: NameFormat
  readonly dumpDigest: NameFormat
}

/** Level 0 contains all files; level 1 those that are new or changed since the newest level 0. */
export type ArchiveLevel = 0 | 1

/** The files made by an archive step, identified by their names. Relative folders refer to the step's `workingFolder`. */
export interface ArchiveFiles {
  readonly kind: 'archives'
  readonly basename: string
  readonly scheme: NameScheme
  readonly level: ArchiveLevel
  /** The folders for the archives of each level, with their lists and digests. Level 1 absent: not made. */
  readonly folders: readonly [level0: string, level1?: string]
  /** The value of `ext` in the names of list files. */
  readonly listExtension: string
  /** The value of `ext` in the names of archives: `tar.gz`. */
  readonly extension: string
  /** Whether a file with the SHA-1 digest (40 hexadecimal digits, nothing else) is written beside each archive. */
  readonly digests: boolean
}

/** The files made by a dump step, identified by their names. */
export interface DumpFiles {
  readonly kind: 'dumps'
  readonly basename: string
  readonly scheme: NameScheme
  readonly folder: string
  readonly databases: DatabaseChoice
  /** The server that is queried for the list of databases. */
  readonly server: DatabaseServer
  /** Each dump is a folder of files. */
  readonly areFolders: boolean
  readonly digests: boolean
}

export type FileSet = ArchiveFiles | DumpFiles

/**
 * Packs a folder into one archive file with a dated name, and writes a list file with its contents beside it. Level 1 packs only entries that differ
 * from the list of the newest level 0, or are missing in it.
 */
export interface ArchiveStep extends StepOptions {
  readonly kind: 'archive'
  /** The folder to pack; it is not recorded itself. */
  readonly source: string
  /** Created if missing, with mode 0755, including its level folders. */
  readonly target: string
  /** The files to make. A level 1 without a base becomes a level 0, with its name and folder. */
  readonly files: ArchiveFiles
  readonly container: 'tar' | 'zip'
  /** tar: gzip, bzip2, xz. ZIP methods: deflate (8), bzip2 (12), lzma (14). */
  readonly compression: 'gzip' | 'bzip2' | 'xz' | 'deflate' | 'lzma'
  /** 1 … 9; absent: the program's default. */
  readonly compressionLevel?: number
  /** Matched against each stored path (without `./` and trailing slash); the contents of an excluded folder are matched separately. */
  readonly exclude: PatternList
  /** Paths are recorded relative to the root folder, not to `source`. */
  readonly absolutePaths: boolean
  /** An archive of the same name is replaced; otherwise the step fails. */
  readonly overwrite: boolean
  /** A list whose archive is missing cannot be the base of a level 1. */
  readonly baseMustExist: boolean
  /** Report the decision about each file. */
  readonly logFiles: boolean
}

/** The number of files to keep. If both are set, a file is removed if either rule removes it. If none is set, all files are kept. */
export interface FileLimits {
  /** This number of the newest files of each group (files that differ only in their dates). */
  readonly maxFiles?: number
  /** Files whose names show an age below this number of 24-hour periods. */
  readonly days?: number
}

/** Removes old files of file sets by the dates in their names. Never the last good one, and never a level 0 that a retained level 1 needs. */
export interface ExpireStep extends StepOptions {
  readonly kind: 'expire'
  readonly sets: readonly ExpireSet[]
}

export interface ExpireSet {
  readonly files: FileSet
  /** The folder with copies of the file set, instead of its own folders. */
  readonly folder?: string
  readonly limits: FileLimits
}

/** Copies the newest files of file sets to the folders of those periods whose schedules match a minute since the last copy, or that of the run. */
export interface CopyFilesStep extends StepOptions {
  readonly kind: 'copy-files'
  readonly sets: readonly { readonly name: string; readonly files: FileSet }[]
  readonly periods: readonly CopyPeriod[]
}

export interface CopyPeriod {
  readonly name: string
  readonly folder: string
  /** Absent: no schedule; reported in each run, and nothing is copied. */
  readonly when?: PeriodRule
}

/** Dumps the databases that exist during the run, each to a file (or folder) with a dated name. */
export interface DumpStep extends StepOptions {
  readonly kind: 'dump'
  /** Databases, server, folder and names. The folder is created if missing. */
  readonly files: DumpFiles
  /** `pg_dump`, or its path. */
  readonly program: string
  readonly format: 'custom' | 'directory' | 'plain' | 'tar'
  /** Configured options, directly after the program. */
  readonly options: readonly string[]
}
