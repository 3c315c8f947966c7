import type { Report } from '../../document/report.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { HostFacts } from '../../plan/loading.ts'
import type { NotifierSpec, NotifyRule } from '../../plan/notify.ts'
import type { StorageSpec } from '../../plan/plan.ts'
import type { EncryptionKey } from './keys.ts'
import type { CompressInput } from './schema/filters.ts'
import type { KeepInput, TargetsInput } from './schema/tasks.ts'
import type { Settings } from './settings.ts'

/** What the compilers of the parts share. A name with undefined is one whose definition is wrong: it is there, and told already. */
export interface Context {
  readonly report: Report
  readonly host: HostFacts
  readonly storages: ReadonlyMap<string, StorageSpec | undefined>
  readonly keys: ReadonlyMap<string, EncryptionKey | undefined>
  readonly fileSets: ReadonlyMap<string, FileSet | undefined>
  readonly notifiers: ReadonlyMap<string, NotifierSpec | undefined>
  readonly tasks: ReadonlySet<string>
  /** False when a file could not be read: what seems to be missing may stand there. */
  readonly complete: boolean
}

/** What is taken where a step or an object does not say it, with the place where it was said. */
export interface Defaults {
  readonly settings: Settings
  readonly to?: TargetsInput
  readonly require?: 'all' | 'any'
  readonly keep?: KeepInput
  readonly compress?: CompressInput
  readonly encrypt?: string | readonly string[]
  /** Who is told of the runs of tasks that do not say it themselves. */
  readonly notify?: readonly NotifyRule[]
}
