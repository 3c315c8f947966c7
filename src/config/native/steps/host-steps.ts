import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import type { FilesStep } from '../../../plan/steps/describe-files-step.ts'
import type { MountStep, SyncStep, TicketStep } from '../../../plan/steps/host-steps.ts'
import type { StepOptions } from '../../../plan/steps/step-options.ts'
import type { Context } from '../context.ts'
import type { FileStepInputs } from '../schema/file-steps.ts'
import { commandIn, type Settings } from '../settings.ts'

/** The parameters of the compilers of steps about files and the host. */
export interface FileStepCall {
  /** The keys of the step's kind. */
  readonly at: LocatedNode
  readonly options: StepOptions
  readonly settings: Settings
  readonly context: Context
}

export type HostStepKind = 'sync' | 'mount' | 'unmount' | 'ticket' | 'disk-usage'

type Compilers = { readonly [K in HostStepKind]: (input: FileStepInputs[K], call: FileStepCall) => FilesStep | undefined }

const COMPILERS: Compilers = {
  sync: compileSync,
  mount: compileMount,
  unmount: (input, { options }): MountStep => ({ kind: 'mount', ...options, change: 'unmount', point: input.point, options: input.options ?? [] }),
  ticket: compileTicket,
  'disk-usage': (_input, { options }) => ({ kind: 'disk-usage', ...options }),
}

/** Compiles a step about the host. Reports errors, and returns undefined then. */
export function compileHostStep<K extends HostStepKind>(kind: K, input: FileStepInputs[K], call: FileStepCall): FilesStep | undefined {
  return COMPILERS[kind](input, call)
}

function compileSync(input: FileStepInputs['sync'], { options, settings }: FileStepCall): SyncStep {
  const { environment, searchPath } = commandIn(settings, ['rsync'])
  const { source, target, transfer = ['-a'], bandwidth, exclude = [], options: words = [] } = input
  return {
    kind: 'sync',
    ...options,
    source,
    target,
    options: words,
    transferOptions: transfer,
    ...(bandwidth !== undefined && { bandwidth }),
    skipCompress: input['skip-compress'] ?? [],
    exclude,
    environment,
    searchPath,
  }
}

function compileMount({ device, point, type, options: words = [] }: FileStepInputs['mount'], { options }: FileStepCall): MountStep {
  return { kind: 'mount', ...options, change: 'mount', point, device, ...(type !== undefined && { fsType: type }), options: words }
}

const CYCLES = 12
const PAUSE_MS = 10_000

function compileTicket(input: FileStepInputs['ticket'], { at, options, settings, context }: FileStepCall): TicketStep | undefined {
  const { change, folder, file = 'backup_in_progress', host, options: words = [], cycles = CYCLES, pause: pauseMs = PAUSE_MS } = input
  const stray = change === 'wait' ? undefined : (['host', 'options', 'cycles', 'pause'] as const).find((it) => input[it] !== undefined)
  if (stray !== undefined)
    return context.report.error(locationOf(memberOf(at, stray) ?? at), `"${stray}" has no effect here`, 'It is only valid with "change: wait".')
  const base = { kind: 'ticket', ...options, change, folder, file } as const
  if (change !== 'wait') return base
  const { environment, searchPath } = commandIn(settings, ['rsync'])
  return { ...base, ...(host !== undefined && { host, environment, searchPath }), options: words, cycles, pauseMs }
}
