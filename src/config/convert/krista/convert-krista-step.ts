import { resolve } from 'node:path/posix'
import type { ArchiveStep, CopyFilesStep, DumpStep, ExpireStep } from '../../../plan/dated-files.ts'
import type { ExecStep, Step } from '../../../plan/plan.ts'
import { describeStep } from '../../../plan/steps/describe-step.ts'
import type { MountStep, SyncStep, TestFilesStep, TicketStep } from '../../../plan/steps/host-steps.ts'
import type { IssueStep } from '../../../plan/steps/step-options.ts'
import type { NewValue } from '../convert-command.ts'
import type { Remarks } from '../remarks.ts'
import { excludeOf, type NewFileSets } from './new-file-sets.ts'

export interface StepDeps {
  readonly sets: NewFileSets
  readonly remarks: Remarks
}

type Entries = readonly (readonly [string, NewValue])[]

/** A step of an ancestor's plan in the native format; undefined, with a remark, if it would do nothing. */
export function convertKristaStep(step: Step, deps: StepDeps): NewValue | undefined {
  const made = kindOf(step, deps)
  if (made === undefined) return undefined
  const { onFailure, dry } = step as ArchiveStep
  const name = step.kind === 'issue' ? undefined : step.name
  return new Map<string, NewValue>([
    made,
    ...some('name', name === '' ? undefined : name),
    ...some('on-failure', onFailure === 'continue' ? onFailure : undefined),
    ...some('dry', dry === true ? true : undefined),
  ])
}

function kindOf(step: Step, deps: StepDeps): readonly [string, NewValue] | undefined {
  switch (step.kind) {
    case 'archive':
      return ['archive', archiveOf(step, deps)]
    case 'dump':
      return ['dump', dumpOf(step, deps)]
    case 'expire':
      return expireOf(step, deps)
    case 'copy-files':
      return copyOf(step, deps)
    case 'sync':
      return ['sync', syncOf(step)]
    case 'mount':
      return [step.change, mountOf(step)]
    case 'ticket':
      return ['ticket', ticketOf(step, deps)]
    case 'disk-usage':
      return ['disk-usage', new Map()]
    case 'test-files':
      return testOf(step, deps)
    case 'exec':
      return ['exec', execOf(step)]
    case 'issue':
      return issueOf(step, deps)
    default:
      deps.remarks.add(`The step "${describeStep(step)}" was omitted.`)
      return undefined
  }
}

function archiveOf(step: ArchiveStep, { sets, remarks }: StepDeps): NewValue {
  const { files, source, target, container, compression, compressionLevel, exclude, workingFolder = '/' } = step
  const flags: Entries = [
    ...some('absolute-paths', step.absolutePaths || undefined),
    ...some('overwrite', step.overwrite || undefined),
    ...some('base-must-exist', step.baseMustExist ? undefined : false),
    ...some('log-files', step.logFiles || undefined),
  ]
  return new Map<string, NewValue>([
    ['files', sets.nameOf(files, step.name ?? files.basename, workingFolder)],
    ['source', resolve(workingFolder, source)],
    ...some('target', target === (files.folders[files.level] ?? files.folders[0]) ? undefined : resolve(workingFolder, target)),
    ['container', container],
    ['compression', compression],
    ...some('compression-level', compressionLevel),
    ...excludeOf(exclude, remarks),
    ...flags,
  ])
}

function dumpOf({ files, name, program, format, options, workingFolder }: DumpStep, { sets }: StepDeps): NewValue {
  return new Map<string, NewValue>([
    ['files', sets.nameOf(files, name ?? files.basename, workingFolder)],
    ...some('format', format === 'custom' || format === 'directory' ? undefined : format),
    ...some('program', program === 'pg_dump' ? undefined : program),
    ...some('options', options.length === 0 ? undefined : options),
  ])
}

function expireOf(step: ExpireStep, { sets, remarks }: StepDeps): readonly [string, NewValue] | undefined {
  const limited = step.sets.filter(({ limits }) => limits.maxFiles !== undefined || limits.days !== undefined)
  if (limited.length < step.sets.length) remarks.add(`"${step.name ?? 'expire'}" has no limits for some of its files; it still removes none of them.`)
  if (limited.length === 0) return undefined
  const { workingFolder = '/' } = step
  const rules = limited.map(
    ({ files, folder, limits: { maxFiles, days } }) =>
      new Map<string, NewValue>([
        ['files', sets.nameOf(files, files.basename, workingFolder)],
        ...some('folder', folder === undefined ? undefined : resolve(workingFolder, folder)),
        ...some('max-files', maxFiles),
        ...some('days', days),
      ]),
  )
  return ['expire', rules]
}

function copyOf(
  { sets: from, periods, name, workingFolder = '/' }: CopyFilesStep,
  { sets, remarks }: StepDeps,
): readonly [string, NewValue] | undefined {
  const due = periods.flatMap(({ name: period, folder, when }): Entries => {
    if (when !== undefined)
      return [
        [
          period,
          new Map([
            ['folder', resolve(workingFolder, folder)],
            ['when', when.text],
          ]),
        ],
      ]
    remarks.add(`The period "${period}" of "${name ?? 'copy-files'}" was omitted: it has no schedule, so nothing was ever copied to it.`)
    return []
  })
  const copied = due.length === 0 ? [] : from
  return ofFiles('copy-files', { sets: copied, workingFolder, name }, { deps: { sets, remarks }, did: 'copied', more: [['periods', new Map(due)]] })
}

interface FilesOfStep {
  readonly sets: TestFilesStep['sets']
  readonly workingFolder: string | undefined
  readonly name: string | undefined
}

interface OfFiles {
  readonly deps: StepDeps
  /** What the step does with them, in the past tense. */
  readonly did: string
  readonly more: Entries
}

/** A step about the files of other steps; undefined, with a remark, if there are none. */
function ofFiles(
  kind: string,
  { sets: from, workingFolder, name }: FilesOfStep,
  { deps: { sets, remarks }, did, more }: OfFiles,
): readonly [string, NewValue] | undefined {
  if (from.length === 0) {
    remarks.add(`"${name ?? kind}" was omitted: it ${did} nothing.`)
    return undefined
  }
  const files = from.map((it) => sets.nameOf(it.files, it.name, workingFolder))
  return [kind, new Map<string, NewValue>([['files', files], ...more])]
}

function testOf({ sets, workingFolder, name }: TestFilesStep, deps: StepDeps): readonly [string, NewValue] | undefined {
  return ofFiles('test-files', { sets, workingFolder, name }, { deps, did: 'tested', more: [['on-broken', 'warn']] })
}

function syncOf({ source, target, options, transferOptions, bandwidth, skipCompress, exclude, workingFolder = '/' }: SyncStep): NewValue {
  return new Map<string, NewValue>([
    ['source', placeOf(source, workingFolder)],
    ['target', placeOf(target, workingFolder)],
    ...some('options', options.length === 0 ? undefined : options),
    ['transfer', transferOptions],
    ...some('bandwidth', bandwidth),
    ...some('exclude', exclude.length === 0 ? undefined : exclude),
    ...some('skip-compress', skipCompress.length === 0 ? undefined : skipCompress),
  ])
}

/** For rsync, a trailing slash has a meaning, and a colon before the first slash denotes another host. */
function placeOf(place: string, folder: string): string {
  if (place.startsWith('/') || /^[^/]*:/u.test(place)) return place
  return `${resolve(folder, place)}${/(?:^|\/)\.?$/u.test(place) ? '/' : ''}`
}

function mountOf({ change, device, point, fsType, options, workingFolder = '/' }: MountStep): NewValue {
  return new Map<string, NewValue>([
    ...some('device', change === 'mount' ? device : undefined),
    ['point', resolve(workingFolder, point)],
    ...some('type', fsType),
    ...some('options', options.length === 0 ? undefined : options),
  ])
}

function ticketOf(
  { change, folder, file, host, options = [], cycles, pauseMs, workingFolder = '/', name }: TicketStep,
  { remarks }: StepDeps,
): NewValue {
  if (cycles === 0) remarks.add(`"${name ?? 'ticket'}" had 0 attempts and always failed; it now makes one attempt.`)
  return new Map<string, NewValue>([
    ['change', change],
    ['folder', host === undefined ? resolve(workingFolder, folder) : folder],
    ['file', file],
    ...some('host', host),
    ...some('options', options.length === 0 ? undefined : options),
    ...some('cycles', cycles === undefined ? undefined : Math.max(1, cycles)),
    ...some('pause', pauseMs === undefined ? undefined : pauseMs % 1000 === 0 ? `${pauseMs / 1000}s` : `${pauseMs}ms`),
  ])
}

function execOf({ command: { argv, workingFolder } }: ExecStep): NewValue {
  return new Map<string, NewValue>([['argv', argv], ['stdout', 'verbose'], ...some('working-folder', workingFolder)])
}

/** Invalid steps fail as before. */
function issueOf({ issue }: IssueStep, { remarks }: StepDeps): readonly [string, NewValue] | undefined {
  if (issue.severity === 'warning') {
    remarks.add(`Omitted, because it had no effect: ${issue.message}.`)
    return undefined
  }
  remarks.add(`Converted to a step that always fails, because it could never run: ${issue.message}.`)
  return ['exec', ['/bin/sh', '-c', 'echo "$0" >&2; exit 1', issue.message]]
}

function some(key: string, value: NewValue | undefined): Entries {
  return value === undefined ? [] : [[key, value]]
}
