import { join } from 'node:path'
import type { ArchiveWork } from '../../src/file-sets/archive-work.ts'
import type { ArchiveEvent } from '../../src/file-sets/events.ts'
import type { Failpoint } from '../../src/lib/failpoint.ts'
import type { ArchiveFiles, ArchiveLevel, ArchiveStep, DumpFiles, NameFormat, NamePart, NameScheme } from '../../src/plan/dated-files.ts'
import { DEFAULT_LIMITS, type Processes } from '../../src/process/processes.ts'

const FIELDS: ReadonlySet<string> = new Set(['basename', 'level', 'dbname', 'ext'])

/** A format from a text like `{basename}-{%Y%m%d_%H%M%S}.{ext}`. */
export function nameFormat(text: string): NameFormat {
  return [...text.matchAll(/\{(?<inside>[^}]*)\}|[^{]+/gu)].map(([all, inside]): NamePart => {
    if (inside === undefined) return { kind: 'text', text: all }
    return FIELDS.has(inside) ? { kind: 'field', field: inside as 'ext' } : { kind: 'date', format: inside }
  })
}

export const SCHEME: NameScheme = {
  id: 'default',
  archive: nameFormat('{basename}-{%Y%m%d_%H%M%S}-{level}.{ext}'),
  archiveDigest: nameFormat('{basename}-{%Y%m%d_%H%M%S}-{level}.hash'),
  dump: nameFormat('{basename}-{dbname}-{%Y%m%d_%H%M%S}.pgdump'),
  dumpDigest: nameFormat('{basename}-{dbname}-{%Y%m%d_%H%M%S}.hash'),
}

/** Archives called `etc-…` in `TARGET/0` and `TARGET/1`. */
export function archiveFiles(target: string, level: ArchiveLevel = 0, changes: Partial<ArchiveFiles> = {}): ArchiveFiles {
  return {
    kind: 'archives',
    basename: 'etc',
    scheme: SCHEME,
    level,
    folders: [join(target, '0'), join(target, '1')],
    listExtension: 'list',
    extension: 'tar.gz',
    digests: false,
    ...changes,
  }
}

/** Dumps called `db-…` of the databases named. */
export function dumpFiles(folder: string, names: readonly string[], changes: Partial<DumpFiles> = {}): DumpFiles {
  return {
    kind: 'dumps',
    basename: 'db',
    scheme: SCHEME,
    folder,
    databases: { names, exclude: { language: 'shell', patterns: [] } },
    server: { kind: 'postgresql', environment: { kind: 'exactly', values: {} }, searchPath: ['/usr/bin'] },
    areFolders: false,
    digests: true,
    ...changes,
  }
}

export function archiveStep(source: string, target: string, changes: Partial<ArchiveStep> = {}): ArchiveStep {
  return {
    kind: 'archive',
    source,
    target,
    files: archiveFiles(target),
    container: 'tar',
    compression: 'gzip',
    compressionLevel: 5,
    exclude: { language: 'shell', patterns: [] },
    absolutePaths: false,
    overwrite: false,
    baseMustExist: false,
    logFiles: false,
    ...changes,
  }
}

/** What steps about files get from a run, and what they told. */
export interface Told {
  readonly events: ArchiveEvent[]
  readonly notes: string[]
  readonly work: ArchiveWork
}

/** `began` is local time, as names are. */
export function archiveWork(
  processes: Processes,
  began: string,
  options: { readonly failpoint?: Failpoint; readonly signal?: AbortSignal } & Partial<Pick<ArchiveWork, 'stateFolder' | 'acceptsMounts'>> = {},
): Told {
  const events: ArchiveEvent[] = []
  const notes: string[] = []
  const work: ArchiveWork = {
    step: 'test',
    began: new Date(began),
    clock: () => new Date(),
    emit: (event) => events.push(event),
    note: (text) => notes.push(text),
    reportError: (text) => notes.push(`error: ${text}`),
    processes,
    limits: { ...DEFAULT_LIMITS, graceMs: 300, lingerMs: 300 },
    ...options,
    signal: options.signal ?? new AbortController().signal,
  }
  return { events, notes, work }
}
