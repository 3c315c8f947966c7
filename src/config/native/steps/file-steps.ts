import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { ArchiveStep, CopyFilesStep, DumpStep, ExpireStep, FileSet } from '../../../plan/dated-files.ts'
import type { FilesStep } from '../../../plan/steps/describe-files-step.ts'
import type { TestFilesStep } from '../../../plan/steps/host-steps.ts'
import { parsePeriodRule } from '../../../plan/times/read-period-rule.ts'
import { compileExclude } from '../dated-files/file-sets.ts'
import { packingOf } from '../objects/packing.ts'
import { lookUp } from '../references.ts'
import { FILE_STEP_KINDS, type FileStepInputs } from '../schema/file-steps.ts'
import { compileHostStep, type FileStepCall, type HostStepKind } from './host-steps.ts'

/** Compiles a step about files or the host; undefined for other steps, and if an error was reported. */
export function compileFileStep(
  input: { readonly [K in keyof FileStepInputs]?: FileStepInputs[K] | undefined },
  call: Omit<FileStepCall, 'at'> & { readonly at: (kind: string) => LocatedNode },
): FilesStep | undefined {
  const kind = FILE_STEP_KINDS.find((it) => input[it] !== undefined)
  return kind && compileKind(kind, input[kind] as never, { ...call, at: call.at(kind) })
}

type Compilers = {
  readonly [K in Exclude<keyof FileStepInputs, HostStepKind>]: (input: FileStepInputs[K], call: FileStepCall) => FilesStep | undefined
}

const COMPILERS: Compilers = {
  archive: compileArchive,
  dump: compileDump,
  expire: compileExpire,
  'copy-files': compileCopyFiles,
  'test-files': compileTestFiles,
}

function compileKind<K extends keyof FileStepInputs>(kind: K, input: FileStepInputs[K], call: FileStepCall): FilesStep | undefined {
  if (kind in COMPILERS) return COMPILERS[kind as keyof Compilers](input as never, call)
  return compileHostStep(kind as HostStepKind, input as never, call)
}

/** The file set with that name, if it is of this kind. */
function setNamed(name: string, at: LocatedNode, { context }: FileStepCall): FileSet | undefined {
  return lookUp({ name, what: 'file-set', at }, context.fileSets, context)
}

function compileArchive(input: FileStepInputs['archive'], call: FileStepCall): ArchiveStep | undefined {
  const { at, options, context } = call
  const files = setNamed(input.files, memberOf(at, 'files') ?? at, call)
  const exclude = compileExclude(input.exclude, memberOf(at, 'exclude'), context.report)
  if (!files || !exclude) return undefined
  if (files.kind !== 'archives')
    return context.report.error(
      locationOf(memberOf(at, 'files') ?? at),
      `${quoted(input.files)} is a file set of dumps`,
      'Specify a file set with "archives".',
    )
  const packing = packingOf(input, files.extension, at, context.report)
  const level = input['compression-level']
  return (
    packing && {
      kind: 'archive',
      ...options,
      source: input.source,
      target: input.target ?? files.folders[files.level] ?? files.folders[0],
      files,
      ...packing,
      ...(level !== undefined && { compressionLevel: level }),
      exclude,
      absolutePaths: input['absolute-paths'] ?? false,
      overwrite: input.overwrite ?? false,
      baseMustExist: input['base-must-exist'] ?? true,
      logFiles: input['log-files'] ?? input['tell-files'] ?? false,
    }
  )
}

function compileDump(input: FileStepInputs['dump'], call: FileStepCall): DumpStep | undefined {
  const { at, options, context } = call
  const files = setNamed(input.files, memberOf(at, 'files') ?? at, call)
  if (!files) return undefined
  if (files.kind !== 'dumps')
    return context.report.error(
      locationOf(memberOf(at, 'files') ?? at),
      `${quoted(input.files)} is a file set of archives`,
      'Specify a file set with "dumps".',
    )
  const format = input.format ?? (files.areFolders ? 'directory' : 'custom')
  if ((format === 'directory') !== files.areFolders)
    return context.report.error(
      locationOf(memberOf(at, 'format') ?? at),
      files.areFolders ? `the dumps of ${quoted(input.files)} are folders` : `the dumps of ${quoted(input.files)} are not folders`,
      files.areFolders ? 'Write "format: directory".' : 'Write "folders: true" in the file set.',
    )
  return { kind: 'dump', ...options, files, program: input.program ?? 'pg_dump', format, options: input.options ?? [] }
}

function compileExpire(input: FileStepInputs['expire'], call: FileStepCall): ExpireStep | undefined {
  const { at, options } = call
  const rules = Array.isArray(input) ? input : [input]
  const sets = rules.map((rule, index) => {
    const place = Array.isArray(input) ? (itemsOf(at)[index] ?? at) : at
    const files = setNamed(rule.files, memberOf(place, 'files') ?? place, call)
    const maxFiles = rule['max-files']
    const limits = { ...(maxFiles !== undefined && { maxFiles }), ...(rule.days !== undefined && { days: rule.days }) }
    return files && { files, ...(rule.folder !== undefined && { folder: rule.folder }), limits }
  })
  return sets.every((it) => it !== undefined) ? { kind: 'expire', ...options, sets } : undefined
}

function compileCopyFiles(input: FileStepInputs['copy-files'], call: FileStepCall): CopyFilesStep | undefined {
  const { at, options, context } = call
  const sets = namedSets(input.files, call)
  const periods = Object.entries(input.periods).map(([name, { folder, when }]) => {
    const rule = parsePeriodRule(when)
    const place = memberOf(memberOf(at, 'periods'), name) ?? at
    if (rule === undefined)
      return context.report.error(
        locationOf(memberOf(place, 'when') ?? place),
        `invalid schedule ${quoted(when)}`,
        'Write minute, hour, day of month, month and day of week: "40 2 * * 0".',
      )
    return { name, folder, when: rule }
  })
  return sets && periods.every((it) => it !== undefined) ? { kind: 'copy-files', ...options, sets, periods } : undefined
}

function compileTestFiles(input: FileStepInputs['test-files'], call: FileStepCall): TestFilesStep | undefined {
  const sets = namedSets(input.files, call)
  return sets && { kind: 'test-files', ...call.options, sets, onBroken: input['on-broken'] ?? 'fail' }
}

function namedSets(names: readonly string[], call: FileStepCall): TestFilesStep['sets'] | undefined {
  const at = memberOf(call.at, 'files') ?? call.at
  const sets = names.map((name, index) => {
    const files = setNamed(name, itemsOf(at)[index] ?? at, call)
    return files && { name, files }
  })
  return sets.every((it) => it !== undefined) ? sets : undefined
}
