import type { DatabaseChoice, DatabaseServer } from './database-server.ts'
import type { PatternList } from './pattern-list.ts'
import type { StepOptions } from './steps/step-options.ts'
import type { PeriodRule } from './times/period-rule.ts'

/** What stands in a file's name, in order. */
export type NamePart =
  | { readonly kind: 'text'; readonly text: string }
  /** The run's begin in local time, by directives of strftime(3): `%Y%m%d_%H%M%S`. An empty format renders as nothing. */
  | { readonly kind: 'date'; readonly format: string }
  | { readonly kind: 'field'; readonly field: 'basename' | 'level' | 'dbname' | 'ext' }

/** A name, relative to the folder of its files; slashes in it make folders. */
export type NameFormat = readonly NamePart[]

/** How files of one kind are called. The compiler ensures that no format has a field that its files cannot fill. */
export interface NameScheme {
  /** What the configuration calls it, for messages. */
  readonly id: string
  /** An archive; with another `ext` its list. */
  readonly archive: NameFormat
  readonly archiveDigest: NameFormat
  readonly dump: NameFormat
  readonly dumpDigest: NameFormat
}

/** Level 0 holds everything; level 1 what is new or changed since the newest level 0. */
export type ArchiveLevel = 0 | 1

/** The files that one archive step leaves, found again by their names. Relative folders are relative to the step's `workingFolder`. */
export interface ArchiveFiles {
  readonly kind: 'archives'
  readonly basename: string
  readonly scheme: NameScheme
  readonly level: ArchiveLevel
  /** Where the archives of each level lie, with lists and digests beside them. Level 1 absent = nobody makes one. */
  readonly folders: readonly [level0: string, level1?: string]
  /** What stands for `ext` in the name of a list file. */
  readonly listExtension: string
  /** What stands for `ext` in the name of an archive: `tar.gz`. */
  readonly extension: string
  /** Whether a file with the SHA-1 digest (40 hexadecimal digits, nothing else) is left beside each archive. */
  readonly digests: boolean
}

/** The files that one dump step leaves, found again by their names. */
export interface DumpFiles {
  readonly kind: 'dumps'
  readonly basename: string
  readonly scheme: NameScheme
  readonly folder: string
  readonly databases: DatabaseChoice
  /** Asked which databases there are, when all are meant. */
  readonly server: DatabaseServer
  /** Each dump is a folder of files. */
  readonly areFolders: boolean
  readonly digests: boolean
}

export type FileSet = ArchiveFiles | DumpFiles

/** Packs a folder into one archive file of a dated name, and a list file beside it that says what was packed. Level 1 packs only what the list of the newest level 0 lacks or has otherwise. */
export interface ArchiveStep extends StepOptions {
  readonly kind: 'archive'
  /** The folder to pack; it is not recorded itself. */
  readonly source: string
  /** Made if missing, mode 0755, with its level folders. */
  readonly target: string
  /** What it makes. A level 1 without a base becomes a level 0, by name and folder too. */
  readonly files: ArchiveFiles
  readonly container: 'tar' | 'zip'
  /** tar: gzip, bzip2, xz. ZIP methods: deflate (8), bzip2 (12), lzma (14). */
  readonly compression: 'gzip' | 'bzip2' | 'xz' | 'deflate' | 'lzma'
  /** 1 … 9; absent = the program's own default. */
  readonly compressionLevel?: number
  /** Tested against each path as it is stored (no `./`, no final slash); what lies in an excluded folder is tested by itself. */
  readonly exclude: PatternList
  /** Paths are recorded from the root, not from `source`. */
  readonly absolutePaths: boolean
  /** An archive of the same name is replaced; else the step fails. */
  readonly overwrite: boolean
  /** A list whose archive is missing is no base of a level 1. */
  readonly baseMustExist: boolean
  /** Tell what was decided about each single file. */
  readonly tellFiles: boolean
}

/** How many files of a set stay. Both given: what one of them sends away goes. Neither: all stay. */
export interface FileLimits {
  /** The newest so many of each group (what differs by its date alone). */
  readonly maxFiles?: number
  /** Those whose name says that they are younger than so many times 24 hours. */
  readonly days?: number
}

/** Removes old files of sets by the dates in their names. Never the last good one, never a level 0 that a kept level 1 needs. */
export interface ExpireStep extends StepOptions {
  readonly kind: 'expire'
  readonly sets: readonly ExpireSet[]
}

export interface ExpireSet {
  readonly files: FileSet
  /** Where copies of the set lie, in place of its own folders. */
  readonly folder?: string
  readonly limits: FileLimits
}

/** Copies the newest files of sets into folders of periods, for those periods whose rule holds in the minute in which the run began. */
export interface CopyFilesStep extends StepOptions {
  readonly kind: 'copy-files'
  readonly sets: readonly { readonly name: string; readonly files: FileSet }[]
  readonly periods: readonly CopyPeriod[]
}

export interface CopyPeriod {
  readonly name: string
  readonly folder: string
  /** Absent: nobody knows when; told at each run, and nothing is copied. */
  readonly when?: PeriodRule
}

/** Dumps databases found when it runs, each into a file (or folder) of a dated name. */
export interface DumpStep extends StepOptions {
  readonly kind: 'dump'
  /** Databases, server, folder and names. The folder is made if missing. */
  readonly files: DumpFiles
  /** `pg_dump` or the path of one. */
  readonly program: string
  readonly format: 'custom' | 'directory' | 'plain' | 'tar'
  /** Options that the configuration adds, right after the program. */
  readonly options: readonly string[]
}
