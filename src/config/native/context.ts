import type { Report } from '../../document/issue-report.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { HostFacts } from '../../plan/loading.ts'
import type { NotifierSpec, NotifyRule } from '../../plan/notify.ts'
import type { StorageSpec } from '../../plan/plan.ts'
import type { EncryptionKey } from './keys.ts'
import type { CompressInput } from './schema/filters.ts'
import type { KeepInput, TargetsInput } from './schema/tasks.ts'
import type { Settings } from './settings.ts'

/** Shared by the compilers of the parts. The value undefined means that the definition is invalid and was already reported. */
export interface Context {
  readonly report: Report
  readonly host: HostFacts
  readonly storages: ReadonlyMap<string, StorageSpec | undefined>
  readonly keys: ReadonlyMap<string, EncryptionKey | undefined>
  readonly fileSets: ReadonlyMap<string, FileSet | undefined>
  readonly notifiers: ReadonlyMap<string, NotifierSpec | undefined>
  readonly tasks: ReadonlySet<string>
  /** False if a file could not be read: missing definitions may be in it. */
  readonly complete: boolean
}

/** Defaults for steps and objects, with their locations. */
export interface Defaults {
  readonly settings: Settings
  readonly to?: TargetsInput
  readonly require?: 'all' | 'any'
  readonly keep?: KeepInput
  readonly compress?: CompressInput
  readonly encrypt?: string | readonly string[]
  /** The notifications of tasks without their own setting. */
  readonly notify?: readonly NotifyRule[]
}
