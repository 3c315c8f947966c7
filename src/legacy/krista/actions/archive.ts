import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { ArchiveFiles, ArchiveStep } from '../../../plan/dated-files.ts'
import { sharesNames } from '../../../plan/file-names/name-format.ts'
import type { IssueStep } from '../../../plan/steps/step-options.ts'
import { type Attributes, patternsOf } from '../attributes.ts'
import { baseName } from '../base-name.ts'
import { chooseScheme } from '../choose-scheme.ts'
import type { ActionCall } from '../context.ts'
import { issueOf } from '../distinct-report.ts'
import { joinPath } from './periods.ts'

type Packing = Pick<ArchiveStep, 'container' | 'compression'> & { readonly extension: string }

const TAR: Readonly<Record<string, Packing>> = {
  gzip: { container: 'tar', compression: 'gzip', extension: 'tar.gz' },
  bzip: { container: 'tar', compression: 'bzip2', extension: 'tar.bz2' },
  // Not "tar.xz": existing files have these extensions.
  lzma: { container: 'tar', compression: 'xz', extension: 'xz' },
}
const ZIP: Readonly<Record<string, Packing>> = {
  zip: { container: 'zip', compression: 'deflate', extension: 'zip' },
  bzip: { container: 'zip', compression: 'bzip2', extension: 'bz2' },
  lzma: { container: 'zip', compression: 'lzma', extension: 'xz' },
}

const DEFAULT_LEVEL = 5

export function compileTar(call: ActionCall): readonly (IssueStep | ArchiveStep)[] | undefined {
  return compileArchive(call, packingOf(call.attributes, TAR, 'gzip'))
}

export function compileZip(call: ActionCall): readonly (IssueStep | ArchiveStep)[] | undefined {
  return compileArchive(call, packingOf(call.attributes, ZIP, 'zip'))
}

function compileArchive(call: ActionCall, { container, compression, extension }: Packing): readonly (IssueStep | ArchiveStep)[] | undefined {
  const { attributes, options } = call
  const files = compileFiles(call, extension)
  const source = attributes.text('src_path') ?? '.'
  const target = attributes.text('dest_path') ?? '.'
  const compressionLevel = levelOfCompression(attributes, compression)
  if (!files || attributes.report.errors.length > 0) return undefined
  return [
    ...tooHigh(call),
    {
      kind: 'archive',
      ...options,
      source,
      target,
      files,
      container,
      compression,
      ...(compressionLevel !== undefined && { compressionLevel }),
      exclude: patternsOf(attributes),
      absolutePaths: attributes.flag('use_absolute_path', false),
      overwrite: attributes.flag('overwrite', false),
      baseMustExist: !attributes.flag('check_level_list_only', true),
      logFiles: attributes.flag('log_files', false),
    },
  ]
}

function compileFiles(call: ActionCall, extension: string): ArchiveFiles | undefined {
  const { attributes } = call
  const level = levelOf(attributes)
  const digests = attributes.flag('checksum_file', false)
  const scheme = chooseScheme(call, digests ? ['archive', 'archiveDigest'] : ['archive'])
  const basename = baseName(call)
  const folders = foldersOf(attributes, level ?? 0)
  if (!scheme || level === undefined || basename === undefined || !folders) return undefined
  if (level === 1 && sharesNames(scheme, folders))
    return attributes.report.error(
      attributes.at,
      'archives of both levels would have the same names',
      'Add {level} to "fsdump_fileformat", or set a folder for each level in "level_folders".',
    )
  const listExtension = attributes.text('list_extension') ?? 'list'
  return { kind: 'archives', basename, scheme, level, folders, listExtension, extension, digests }
}

function levelOf(attributes: Attributes): 0 | 1 | undefined {
  const level = attributes.number('level', 0)
  const at = attributes.value('level')
  if (!at) return 0
  if (level === undefined || level <= 1) return level as 0 | 1 | undefined
  attributes.report.warn(at, ...levelWords(level))
  return 1
}

function levelWords(level: number): readonly [string, string] {
  return [`level ${level} is treated as 1`, 'Only levels 0 and 1 are supported.']
}

/** Runs warn of an unsupported level each time. */
function tooHigh({ attributes, options }: ActionCall): readonly IssueStep[] {
  const at = attributes.value('level')
  const level = attributes.number('level', 0)
  return at && level !== undefined && level > 1 ? [{ kind: 'issue', ...options, issue: issueOf('warning', at, ...levelWords(level)) }] : []
}

function foldersOf(attributes: Attributes, level: 0 | 1): ArchiveFiles['folders'] | undefined {
  const target = attributes.text('dest_path') ?? '.'
  const folders = attributes.list('level_folders')
  const [full, changes] = folders
  if (full === undefined) return [target, target]
  if (level === 1 && changes === undefined)
    return attributes.report.error(
      attributes.value('level_folders') ?? attributes.at,
      '"level_folders" has no folder for level 1',
      'Write one folder for each level, as in "0, 1".',
    )
  return changes === undefined ? [joinPath(target, full)] : [joinPath(target, full), joinPath(target, changes)]
}

function packingOf(attributes: Attributes, packings: Readonly<Record<string, Packing>>, fallback: string): Packing {
  const name = attributes.text('compression_lib') ?? fallback
  const found = Object.hasOwn(packings, name) ? packings[name] : undefined
  const usual = packings[fallback] as Packing
  const at = attributes.value('compression_lib')
  if (!found && at)
    attributes.report.warn(
      at,
      `unsupported compression ${quoted(name)}; ${fallback} is used`,
      didYouMean(nearest(name, Object.keys(packings))) ?? `Supported: ${Object.keys(packings).join(', ')}.`,
    )
  return found ?? usual
}

// The ancestor always used 5 for gzip and bzip2, and the program's default for the rest.
function levelOfCompression(attributes: Attributes, compression: Packing['compression']): number | undefined {
  const at = attributes.value('compression')
  const fallback = compression === 'gzip' || (compression === 'bzip2' && attributes.text('type') === 'tar') ? DEFAULT_LEVEL : undefined
  if (!at) return fallback
  const text = at.node.kind === 'scalar' ? at.node.text.trim() : ''
  if (/^[1-9]$/u.test(text)) return Number(text)
  attributes.report.warn(at, 'invalid compression level; the default is used', 'Write a number from 1 to 9.')
  return fallback
}
