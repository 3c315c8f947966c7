import type { ArchiveStep, CopyFilesStep, DumpStep, ExpireStep, FileSet } from '../dated-files.ts'
import type { DiskUsageStep, MountStep, SyncStep, TestFilesStep, TicketStep } from './host-steps.ts'

/** Steps about files with dated names in plain folders, and about the host. */
export type FilesStep = ArchiveStep | DumpStep | ExpireStep | CopyFilesStep | SyncStep | MountStep | TicketStep | DiskUsageStep | TestFilesStep

/** A description of such a step, on one line: `archive "/etc" (level 0) to "/var/backups"`. */
export function describeFilesStep(step: FilesStep): string {
  const words = wordsOf(step)
  return step.dry === true ? `dry: ${words}` : words
}

function wordsOf(step: FilesStep): string {
  switch (step.kind) {
    case 'archive':
      return `archive ${quoted(step.source)} (level ${step.files.level}) to ${quoted(step.target)}`
    case 'dump':
      return `dump ${databases(step)} to ${quoted(step.files.folder)}`
    case 'expire':
      return `expire files of ${step.sets.map(({ files, folder }) => quoted(folder ?? folderOf(files))).join(' and ')}`
    case 'copy-files':
      return `copy the newest files to ${step.periods.map(({ name }) => quoted(name)).join(', ')} when due`
    case 'sync':
      return `sync ${quoted(step.source)} to ${quoted(step.target)}`
    case 'mount':
      return step.change === 'mount' ? `mount ${quoted(step.device ?? '')} at ${quoted(step.point)}` : `unmount ${quoted(step.point)}`
    case 'ticket':
      return `${step.change === 'wait' ? 'wait for removal of' : step.change} the ticket ${quoted(step.file)}${step.host === undefined ? '' : ` on ${quoted(step.host)}`}`
    case 'disk-usage':
      return 'report the usage of the file systems'
    case 'test-files':
      return `test the newest files of ${step.sets.map(({ name }) => quoted(name)).join(', ')}`
    default:
      return step satisfies never
  }
}

/** The folder of the files of a set, as configured. */
function folderOf(files: FileSet): string {
  return files.kind === 'dumps' ? files.folder : (files.folders[files.level] ?? files.folders[0])
}

function databases({ files }: DumpStep): string {
  const { names } = files.databases
  return names === 'all' ? 'all databases' : `the databases ${names.map(quoted).join(', ')}`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
