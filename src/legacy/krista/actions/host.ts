import { quoted } from '../../../lib/quoted.ts'
import type { DiskUsageStep, MountStep, SyncStep, TestFilesStep, TicketStep } from '../../../plan/steps/host-steps.ts'
import type { IssueStep } from '../../../plan/steps/step-options.ts'
import type { ActionCall } from '../context.ts'
import { issueOf } from '../distinct-report.ts'
import { isActionType } from '../keys.ts'

const SKIP_COMPRESS = ['zip', '7z', 'tgz', 'gz', 'bz2', 'rar']
const TRANSFER = ['-a', '-h', '-d', '-v']

export function compileSync({ attributes, options, use }: ActionCall): readonly SyncStep[] | undefined {
  const common = attributes.words('opts') ?? []
  const transferOptions = attributes.value('other_opts') ? (attributes.words('other_opts') ?? []) : TRANSFER
  const bandwidth = attributes.text('bwlimit')
  const source = attributes.text('src_path') ?? '.'
  const target = attributes.text('dest_path') ?? '.'
  const skipCompress = attributes.value('skip_compress') ? attributes.list('skip_compress') : SKIP_COMPRESS
  const exclude = attributes.list('exclusions').filter((it) => it !== '')
  if (attributes.report.errors.length > 0) return undefined
  return [
    {
      kind: 'sync',
      ...options,
      source,
      target,
      options: common,
      transferOptions,
      ...(bandwidth !== undefined && bandwidth !== '' && bandwidth !== '0' && { bandwidth }),
      skipCompress,
      exclude,
      environment: use.context.environment,
      searchPath: use.context.searchPath,
    },
  ]
}

export function compileMount({ attributes, options }: ActionCall): readonly MountStep[] | undefined {
  const device = needed('mnt_dev', attributes)
  const point = needed('mnt_point', attributes)
  const fsType = attributes.text('fs_type')
  const words = attributes.words('flags') ?? []
  if (device === undefined || point === undefined || attributes.report.errors.length > 0) return undefined
  return [{ kind: 'mount', ...options, change: 'mount', point, device, ...(fsType !== undefined && fsType !== '' && { fsType }), options: words }]
}

export function compileUnmount({ attributes, options }: ActionCall): readonly MountStep[] | undefined {
  const point = needed('mnt_point', attributes)
  const words = attributes.words('flags') ?? []
  if (point === undefined || attributes.report.errors.length > 0) return undefined
  return [{ kind: 'mount', ...options, change: 'unmount', point, options: words }]
}

function needed(key: string, attributes: ActionCall['attributes']): string | undefined {
  const text = attributes.text(key)
  if (text !== undefined && text !== '') return text
  return attributes.report.error(
    attributes.value(key) ?? attributes.at,
    `missing required key "${key}"`,
    'Set it here, or in the action that this one inherits from.',
  )
}

const WAIT_SECONDS = 10
const WAIT_CYCLES = 12

export function compileTicket(change: TicketStep['change']): (call: ActionCall) => readonly TicketStep[] | undefined {
  return ({ attributes, options, use }) => {
    const folder = attributes.text('src_path') ?? '.'
    const file = attributes.text('ticket_filename') ?? 'backup_in_progress'
    if (file === '' || file.includes('/'))
      attributes.report.error(
        attributes.value('ticket_filename') ?? attributes.at,
        'expected a file name without a path',
        'Write a name without "/"; the folder is "src_path".',
      )
    const waiting = change === 'wait' ? compileWaiting(attributes, use.context) : {}
    if (attributes.report.errors.length > 0) return undefined
    return [{ kind: 'ticket', ...options, change, folder, file, ...waiting }]
  }
}

function compileWaiting(attributes: ActionCall['attributes'], { environment, searchPath }: ActionCall['use']['context']): Partial<TicketStep> {
  const host = attributes.text('ssh_servername')
  const words = attributes.words('rsync_opts') ?? []
  const cycles = attributes.number('wait_cycle_number', 0) ?? WAIT_CYCLES
  const pauseMs = secondsMs(attributes)
  return { ...(host !== undefined && host !== '' && { host, environment, searchPath }), options: words, cycles, pauseMs }
}

// Seconds may have a fraction here.
function secondsMs(attributes: ActionCall['attributes']): number {
  const at = attributes.value('wait_time')
  if (!at) return WAIT_SECONDS * 1000
  const text = at.node.kind === 'scalar' ? at.node.text.trim() : ''
  if (/^\d{1,9}(?:\.\d+)?$/u.test(text)) return Math.round(Number(text) * 1000)
  attributes.report.error(at, 'expected a number of seconds', 'Write digits only.')
  return 0
}

export function compileDiskUsage({ options }: ActionCall): readonly DiskUsageStep[] {
  return [{ kind: 'disk-usage', ...options }]
}

/** Tests the newest files of every action that makes files: those used by tasks, or all of them if tasks use none. */
export function compileTestFiles({ attributes, options, use, filesOf }: ActionCall): readonly (IssueStep | TestFilesStep)[] {
  const { actions, used } = use.context
  const makers = [...actions].flatMap(([name, found]) => {
    const type = found.kind === 'action' ? found.action.attributes.get('type') : undefined
    const word = type?.node.kind === 'scalar' ? type.node.text : ''
    return isActionType(word) && ['tar', 'zip', 'pgdump'].includes(word) ? [name] : []
  })
  const inUse = makers.filter((name) => used.has(name))
  const wanted = (inUse.length > 0 ? inUse : makers).map((name) => ({ name, files: filesOf(name, attributes.at) }))
  const sets = wanted.flatMap(({ name, files }) => (files ? [{ name, files }] : []))
  const issue = (...words: readonly [string, string]): IssueStep => {
    attributes.report.warn(attributes.at, ...words)
    return { kind: 'issue', ...options, issue: issueOf('warning', attributes.at, ...words) }
  }
  return [
    ...wanted.flatMap(({ name, files }) =>
      files ? [] : [issue(`the files of action ${quoted(name)} are not tested, because the action is invalid`, 'Correct it.')],
    ),
    ...(sets.length === 0 ? [issue('no files are tested', 'Add actions of type tar, zip or pgdump.')] : []),
    ...(sets.length === 0 ? [] : [{ kind: 'test-files', ...options, sets } as const]),
  ]
}
