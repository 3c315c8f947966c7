import type { Report } from '../../../document/report.ts'
import type { Placed } from '../../../document/yaml/node.ts'
import type { HostFacts } from '../../../plan/loading.ts'
import type { ObjectSpec } from '../../../plan/plan.ts'
import type { Settings } from '../settings.ts'

/** What a source is compiled to: one object, or several that lie in a folder. Its stages go before the filters. */
export interface SourceObject extends Pick<ObjectSpec, 'stages' | 'endMark' | 'probes'> {
  readonly source: NonNullable<ObjectSpec['source']>
  /** Of several: the name in the object's folder. */
  readonly part?: string
  /** The ending that tells what it is. */
  readonly suffix: string
}

export interface SourceCall {
  readonly settings: Settings
  readonly host: HostFacts
  readonly report: Report
  /** Where the source is described. */
  readonly at: Placed
}
