import { formatDuration } from '../lib/format.ts'
import { maskSecrets } from '../lib/secrets.ts'
import type { Environment } from '../plan/command.ts'
import type { DatabaseServer } from '../plan/database-server.ts'
import type { ArchiveStep, DumpStep, ExpireSet, FileSet, NameFormat } from '../plan/dated-files.ts'
import type { PatternList } from '../plan/patterns/compile-patterns.ts'
import type { FilesStep } from '../plan/steps/describe-files-step.ts'

/** The settings of a step about files or the host, one per line. Passwords are only mentioned. */
export function filesStepLines(step: FilesStep): readonly string[] {
  const { name, onFailure, workingFolder } = step
  return [
    ...line('called', name),
    ...line('relative paths start in', workingFolder),
    ...(onFailure === 'continue' ? ['on failure: continue with the next step'] : []),
    ...ownLines(step),
  ]
}

function ownLines(step: FilesStep): readonly string[] {
  switch (step.kind) {
    case 'archive':
      return archiveLines(step)
    case 'dump':
      return dumpLines(step)
    case 'expire':
      return step.sets.flatMap(expireLines)
    case 'copy-files':
      return [
        ...step.sets.flatMap(({ name, files }) => [`files: ${name}`, ...setLines(files)]),
        ...step.periods.map(({ name, folder, when }) => `period: ${name}, ${when?.text ?? 'no schedule'}, to ${folder}`),
      ]
    case 'sync':
      return [
        `rsync arguments: ${words(['rsync', ...step.options, ...step.transferOptions])}`,
        ...line('bandwidth', step.bandwidth),
        ...listed('excluded', step.exclude),
        ...listed('not compressed', step.skipCompress),
      ]
    case 'mount':
      return [...line('type', step.fsType), ...listed('options', step.options)]
    case 'ticket':
      return [
        `in: ${step.folder}`,
        ...(step.host === undefined ? [] : listed('rsync arguments', step.options ?? [])),
        ...(step.change === 'wait' ? [`attempts: ${step.cycles ?? 1}, every ${formatDuration(step.pauseMs ?? 0)}`] : []),
      ]
    case 'disk-usage':
      return []
    case 'test-files':
      return [
        ...step.sets.flatMap(({ name, files }) => [`files: ${name}`, ...setLines(files)]),
        `damaged file: ${step.onBroken === 'fail' ? 'failure' : 'warning'}`,
      ]
    default:
      return step satisfies never
  }
}

function archiveLines(step: ArchiveStep): readonly string[] {
  const { files, container, compression, compressionLevel, exclude } = step
  const flags = [
    ...(step.absolutePaths ? ['paths relative to /'] : []),
    ...(step.overwrite ? ['overwrites existing files'] : []),
    ...(step.baseMustExist ? ['base requires its archive'] : []),
    ...(step.logFiles ? ['logs each file'] : []),
  ]
  return [
    ...setLines(files),
    `format: ${container}, ${compression}${compressionLevel === undefined ? '' : ` level ${compressionLevel}`}`,
    ...patternLines(exclude),
    ...line('also', flags.length === 0 ? undefined : flags.join(', ')),
  ]
}

function dumpLines({ files, program, format, options }: DumpStep): readonly string[] {
  return [...setLines(files), `command: ${words([program, ...options])} (${format})`]
}

function expireLines({ files, folder, limits: { maxFiles, days } }: ExpireSet): readonly string[] {
  const rules = [...(maxFiles === undefined ? [] : [`the newest ${maxFiles}`]), ...(days === undefined ? [] : [`younger than ${days} days`])]
  return [...setLines(files), ...line('copies in', folder), `keep: ${rules.length === 0 ? 'all' : rules.join(' and ')}`]
}

function setLines(files: FileSet): readonly string[] {
  const { scheme, basename, digests } = files
  const sum = (format: NameFormat) => (digests ? [`digests: ${nameText(format, basename)}`] : [])
  if (files.kind === 'archives') {
    const { folders, level, extension, listExtension } = files
    const [level0, level1] = folders
    return [
      `archives: ${nameText(scheme.archive, basename)}, level ${level}, .${extension}, lists .${listExtension}`,
      `level 0 in: ${level0}`,
      ...line('level 1 in', level1),
      ...sum(scheme.archiveDigest),
    ]
  }
  const { folder, databases, server, areFolders } = files
  return [
    `dumps: ${nameText(scheme.dump, basename)}${areFolders ? ', folders' : ''}`,
    `in: ${folder}`,
    `databases: ${databases.names === 'all' ? 'all' : databases.names.join(', ')}`,
    ...patternLines(databases.exclude),
    `server: ${serverText(server)}`,
    ...sum(scheme.dumpDigest),
  ]
}

function serverText({ host, port, user, password, runAs, environment }: DatabaseServer): string {
  const parts = [
    ...line('host', host),
    ...line('port', port),
    ...line('role', user),
    ...line('run as', runAs),
    ...(password === undefined ? [] : ['with a password']),
    ...configured(environment),
  ]
  return parts.length === 0 ? "client's default" : parts.join(', ')
}

function configured({ values, inherited = [] }: Environment): readonly string[] {
  const names = Object.keys(values).filter((name) => !inherited.includes(name))
  return names.length === 0 ? [] : [`environment: ${names.join(' ')}`]
}

function nameText(format: NameFormat, basename: string): string {
  return format
    .map((part) => {
      if (part.kind === 'text') return part.text
      if (part.kind === 'date') return part.format
      return part.field === 'basename' ? basename : `{${part.field}}`
    })
    .join('')
}

function patternLines({ language, patterns }: PatternList): readonly string[] {
  return patterns.length === 0 ? [] : [`excluded (${language}): ${words(patterns)}`]
}

function line(label: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`${label}: ${value}`]
}

function listed(label: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [`${label}: ${words(values)}`]
}

function words(values: readonly string[]): string {
  return maskSecrets(values)
    .map((it) => (/^[\w@%+=:,./-]+$/u.test(it) ? it : JSON.stringify(it)))
    .join(' ')
}
