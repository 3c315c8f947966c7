import type { Report } from '../../../document/issue-report.ts'
import type { LocatedNode } from '../../../document/yaml/node.ts'
import type { HostFacts } from '../../../plan/loading.ts'
import type { ObjectSpec } from '../../../plan/plan.ts'
import type { Settings } from '../settings.ts'

/** The compiled form of a source: one object, or several in a folder. Its stages precede the filters. */
export interface SourceObject extends Pick<ObjectSpec, 'stages' | 'endMark' | 'probes'> {
  readonly source: NonNullable<ObjectSpec['source']>
  /** If there are several: the name in the object's folder. */
  readonly part?: string
  /** The extension for its format. */
  readonly suffix: string
}

export interface SourceCall {
  readonly settings: Settings
  readonly host: HostFacts
  readonly report: Report
  /** The location of the source in the configuration. */
  readonly at: LocatedNode
}
